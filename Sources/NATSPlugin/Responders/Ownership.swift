import LLMService
import Synchronization

/// Whether a request is this instance's to work on, or another one's: what each way out asks the ``Cluster``, and remembers.
struct Ownership: ~Copyable, Sendable {
    private enum Progress: UInt8, AtomicRepresentable {
        case waiting, begun
        /// Another instance works on it.
        case elsewhere
    }

    private let cluster: Cluster
    private let progress = Atomic(Progress.waiting)

    init(_ cluster: Cluster) { self.cluster = cluster }

    /// Whether another instance works on the request: nothing of it is to be told here.
    var isElsewhere: Bool { progress.load(ordering: .relaxed) == .elsewhere }

    /// Returns whether the request, whose turn it is, is worked on here. Waits where that is not known for a moment.
    func mayBegin(_ request: RequestContext) async -> Bool { note(await cluster.begin(request)) }

    /// Returns whether the request is worked on here, which is to be done at once.
    func begin(_ request: RequestContext) -> Bool { note(cluster.began(request)) }

    /// This instance ends. Returns whether another one works on the request, which has not begun.
    func passOn(_ request: RequestContext) -> Bool {
        guard progress.load(ordering: .relaxed) == .waiting, cluster.passOn(request) else { return false }
        return !note(false)
    }

    /// Returns why the answer to the request may not be told, if it may not: another instance works on the request, or it is
    /// not known whether one does.
    func refusal(of request: RequestContext) -> LLMError? {
        switch cluster.mayEnd(request) {
        case .granted: return nil
        case .wait: return LLMError(.busy, "the connection to NATS was lost; please try again in a moment")
        case .refused, .passOn:
            _ = note(false)
            return LLMError(.cancelled, "another instance works on the request")
        }
    }

    /// Returns whether a failure may be told. Where it is not known whether another instance works on the request, it is:
    /// better that somebody hears of it and of an answer than of nothing.
    func mayFail(_ request: RequestContext) -> Bool {
        cluster.mayEnd(request) == .refused ? note(false) : true
    }

    /// Whether it is not known for a moment whether what has come of the request may be told: the connection was lost.
    func isUndecided(_ request: RequestContext) -> Bool { !isElsewhere && cluster.mayEnd(request) == .wait }

    /// Returns once that is known, or the task is cancelled.
    func decided(_ request: RequestContext) async { await cluster.decided(request) }

    /// Returns what has the request taken anew where another instance handed it to this one; else nil.
    func run(_ request: RequestContext) -> (@Sendable () -> Void)? {
        guard let admission = request.admission, admission.placement.handing != nil else { return nil }
        return { [cluster] in cluster.work(admission) }
    }

    /// The request is done with.
    func ended(_ request: RequestContext) { cluster.ended(request) }

    private func note(_ isHere: Bool) -> Bool {
        progress.store(isHere ? .begun : .elsewhere, ordering: .relaxed)
        return isHere
    }
}
