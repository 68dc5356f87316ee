import FoundationEssentials
import ServiceRuntime
import Synchronization

/// What is on its way to one browser. One that does not read is cut off: it comes again by itself, and is told then.
final class EventQueue: Sendable {
    /// The most that waits, besides what it is told when it comes.
    static let maxBytes = 1 << 20

    private struct State {
        var bytes: Data
        var waiter: Wakeup?
        var isClosed = false
        var isOverrun = false
    }

    private let state: Mutex<State>
    private let limit: Int

    /// - Parameter beginning: what it is told first.
    init(_ beginning: Data) {
        state = Mutex(State(bytes: beginning))
        limit = beginning.count + Self.maxBytes
    }

    /// Whether the browser was too slow.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    /// Puts something in its way.
    func put(_ bytes: Data) {
        let waiter = state.withLock { state -> Wakeup? in
            guard !state.isClosed else { return nil }
            if state.bytes.count + bytes.count > limit {
                (state.isClosed, state.isOverrun, state.bytes) = (true, true, Data())
            } else {
                state.bytes += bytes
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.call()
    }

    /// That was the last; what waits is still sent.
    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.call()
    }

    /// All that waits, or what comes next; nil at the end, and when the task is cancelled. For one task.
    func next() async -> Data? {
        while true {
            let wakeup = Wakeup()
            let (bytes, isClosed) = state.withLock { state in
                defer { state.bytes = Data() }
                if state.bytes.isEmpty, !state.isClosed { state.waiter = wakeup }
                return (state.bytes, state.isClosed)
            }
            if !bytes.isEmpty { return bytes }
            guard !isClosed, await wakeup.wait() else { return nil }
        }
    }
}
