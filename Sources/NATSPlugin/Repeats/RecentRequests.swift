import BusProtocol
import Concurrency
import ServiceRuntime

/// The requests whose ids the senders chose, for two minutes: the same id again is the same request, and is not run twice.
/// A value; time is handed in.
///
/// Bounds: so many ids, and so many bytes of answers; the oldest leave first, their answers before their ids.
struct RecentRequests: Sendable {
    /// What to do with a request.
    enum Verdict {
        /// It is new: run it.
        case run
        /// It runs already; the answer will go to this sender too.
        case joined
        /// It runs already, and too many wait for it besides this sender.
        case crowded
        /// It was answered with this; nil where the answer is no longer kept.
        case answered(Sent?)
    }

    /// Somebody who sent a request that runs already.
    struct Waiting: Sendable {
        /// Where its answer is to go.
        let reply: ReplyContext
        /// Has the request done, should the one that runs be left to another instance: it was handed to this one after that had
        /// been. Nil where it was not handed over.
        var run: (@Sendable () -> Void)?
    }

    private enum State: Sendable {
        case running(waiting: [Waiting])
        case done(Sent?)
    }

    /// The most senders of one request that wait besides the first.
    private static var maxWaiting: Int { 16 }
    private static var window: Duration { .seconds(120) }
    private let maxIDs: Int
    private let maxBytes: Int
    private var states: [String: State] = [:]
    /// Those that are done, oldest first.
    private var done = FIFO<(id: String, at: ContinuousClock.Instant)>()
    /// Those of them whose answers are kept, oldest first, and how many bytes these are.
    private var kept = FIFO<String>()
    private var bytes = 0

    init(maxIDs: Int = 65_536, maxBytes: Int = 8 << 20) {
        self.maxIDs = maxIDs
        self.maxBytes = maxBytes
    }

    /// A request came in.
    ///
    /// - Parameters:
    ///   - id: what makes it the same as another one.
    ///   - waiting: its sender, should it run already.
    mutating func admit(_ id: String, _ waiting: Waiting, now: ContinuousClock.Instant) -> Verdict {
        expire(now)
        switch states[id] {
        case nil:
            states[id] = .running(waiting: [])
            return .run
        case .running(let others):
            guard others.count < Self.maxWaiting else { return .crowded }
            states[id] = .running(waiting: others + [waiting])
            return .joined
        case .done(let sent):
            return .answered(sent)
        }
    }

    /// A request was answered. Returns who else waits for it.
    ///
    /// - Parameter again: whether the same id is to run again if it comes again, because it failed in a way that may pass.
    mutating func finish(_ id: String, _ sent: Sent, again: Bool, now: ContinuousClock.Instant) -> [Waiting] {
        guard case .running(let waiting)? = states[id] else { return [] }
        if again {
            states.removeValue(forKey: id)
        } else {
            states[id] = .done(sent)
            done.append((id, now))
            kept.append(id)
            bytes += sent.bytes.count
            expire(now)
        }
        return waiting
    }

    private mutating func expire(_ now: ContinuousClock.Instant) {
        while bytes > maxBytes, let id = kept.popFirst() { dropAnswer(id) }
        while let oldest = done.first, done.count > maxIDs || oldest.at + Self.window <= now {
            done.popFirst()
            if kept.first == oldest.id {
                kept.popFirst()
                dropAnswer(oldest.id)
            }
            states.removeValue(forKey: oldest.id)
        }
    }

    private mutating func dropAnswer(_ id: String) {
        guard case .done(let sent?)? = states[id] else { return }
        bytes -= sent.bytes.count
        states[id] = .done(nil)
    }
}
