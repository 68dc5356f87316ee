import Synchronization

/// A place where one task waits for an outcome. The first of the outcome and the task's cancellation ends the wait, even if it
/// comes before the wait begins.
package final class WaitSlot<Outcome: Sendable>: Sendable {
    private enum State {
        /// No task waits yet.
        case empty
        case waiting(CheckedContinuation<Outcome?, Never>)
        /// What came first; nil: the cancellation.
        case ended(Outcome?)
    }

    private let state = Mutex(State.empty)

    /// Creates a slot; nothing has happened yet.
    package init() {}

    /// Waits; once only.
    /// - Returns: the outcome; nil if the task was cancelled first.
    package func wait() async -> Outcome? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ended = state.withLock { state -> State? in
                    switch state {
                    case .empty:
                        state = .waiting(continuation)
                        return nil
                    case .ended: return state
                    case .waiting: preconditionFailure("two tasks wait for one outcome")
                    }
                }
                if case .ended(let outcome) = ended { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            end(nil)
        }
    }

    /// Ends the wait with an outcome; the first one counts.
    package func resume(_ outcome: Outcome) { end(outcome) }

    private func end(_ outcome: Outcome?) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome?, Never>? in
            if case .ended = state { return nil }
            defer { state = .ended(outcome) }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(returning: outcome)
    }
}

extension WaitSlot<Void> {
    /// Ends the wait.
    package func resume() { resume(()) }
}
