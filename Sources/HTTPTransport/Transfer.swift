import FoundationEssentials
import Synchronization

/// One exchange on its way: what the caller, a cancel and the loop share.
final class Transfer: Sendable {
    typealias Waiter = CheckedContinuation<Result<RawAnswer, HTTPError>, Never>

    let request: HTTPRequest
    /// Where the body goes when it is streamed; nil when it is collected.
    let body: BodyChannel?
    private let life = Mutex(TransferLife<Waiter>())

    init(_ request: HTTPRequest, body: BodyChannel? = nil) {
        self.request = request
        self.body = body
    }

    /// See ``TransferLife``.
    func submit(_ waiter: Waiter) -> Bool { life.withLock { $0.submit(waiter) } }

    func cancel() -> TransferLife<Waiter>.Cancellation { life.withLock { $0.cancel() } }

    func begin(slot: Int) -> Bool { life.withLock { $0.begin(slot: slot) } }

    var slot: Int? { life.withLock { $0.slot } }

    /// Hands over the head of a streamed answer.
    func answer(_ head: RawAnswer) { life.withLock { $0.takeWaiter() }?.resume(returning: .success(head)) }

    /// Ends it for the caller, once; returns its place in the loop, if it had one.
    @discardableResult
    func end(_ result: Result<RawAnswer, HTTPError>) -> Int? {
        guard let ending = life.withLock({ $0.end() }) else { return nil }
        switch result {
        case .success: body?.finish(nil)
        case .failure(let error): body?.finish(error)
        }
        ending.waiter?.resume(returning: result)
        return ending.slot
    }
}

/// An answer whose head nobody has taken apart yet: that is left to the caller's thread.
struct RawAnswer {
    var status: Int
    var headerLines: [UInt8]
    /// Empty when the body is streamed.
    var body: Data
}
