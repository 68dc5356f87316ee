import Synchronization

/// The queues that messages wait in: one lane a channel, so many places in all.
///
/// ``enter(_:)`` takes a place in line at once, so that the order of calls is the order of answers; ``turn(_:)`` waits for
/// it to come; ``leave(_:)`` must follow, whatever happened.
public final class Lanes: Sendable {
    /// A place in line.
    public typealias Ticket = UInt64

    private enum Waiter {
        /// Nobody waits yet.
        case absent
        case waiting(CheckedContinuation<Void, any Error>)
        /// Its turn has come.
        case granted
        /// Cancelled before anybody waited.
        case cancelled
    }

    private struct State {
        var table: LaneTable
        var waiters: [Ticket: Waiter] = [:]
        var nextTicket: Ticket = 0
    }

    private let state: Mutex<State>

    /// Empty lanes.
    public init(limits: LaneLimits) { state = Mutex(State(table: LaneTable(limits))) }

    /// How many run, and how many wait.
    public var load: (running: Int, waiting: Int) { state.withLock { ($0.table.running, $0.table.waiting) } }

    /// Whether nobody is let in any more.
    public var isClosed: Bool { state.withLock { $0.table.isClosed } }

    /// Takes the next place in `lane`; nil is in nobody's way.
    public func enter(_ lane: String?) throws(LaneRefusal) -> Ticket {
        let result = state.withLock { state -> Result<Ticket, LaneRefusal> in
            let ticket = state.nextTicket
            switch state.table.enter(ticket, lane: lane) {
            case .refuse(let refusal): return .failure(refusal)
            case .run: break
            case .wait: state.waiters[ticket] = .absent
            }
            state.nextTicket += 1
            return .success(ticket)
        }
        return try result.get()
    }

    /// Waits until the ticket's turn has come. Throws when the task is cancelled; the place must be left then too.
    ///
    /// - Returns: whether it had to wait: when it came in there was no place for it.
    @discardableResult
    public func turn(_ ticket: Ticket) async throws -> Bool {
        guard state.withLock({ $0.waiters[ticket] != nil }) else { return false }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    switch state.waiters[ticket] {
                    case .absent:
                        state.waiters[ticket] = .waiting(continuation)
                        return nil
                    case .cancelled: return .failure(CancellationError())
                    case .granted, nil: return .success(())
                    case .waiting: preconditionFailure("a ticket's turn is awaited once")
                    }
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            cancelWait(ticket)
        }
        return true
    }

    /// Gives the place back; whoever is next runs.
    public func leave(_ ticket: Ticket) {
        let woken = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            state.waiters.removeValue(forKey: ticket)
            return state.table.leave(ticket).compactMap { next in
                guard let waiter = state.waiters[next] else { return nil }
                if case .cancelled = waiter { return nil }
                state.waiters[next] = .granted
                guard case .waiting(let continuation) = waiter else { return nil }
                return continuation
            }
        }
        for continuation in woken { continuation.resume() }
    }

    /// Refuses everybody from now on. Whoever waits goes on waiting.
    public func close() { state.withLock { $0.table.close() } }

    private func cancelWait(_ ticket: Ticket) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let waiter = state.waiters[ticket] else { return nil }
            if case .granted = waiter { return nil }
            state.waiters[ticket] = .cancelled
            guard case .waiting(let continuation) = waiter else { return nil }
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }
}
