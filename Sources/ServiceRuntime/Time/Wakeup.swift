import Synchronization

/// What one task waits for: a call, or its own cancellation, whichever comes first, however early.
package final class Wakeup: Sendable {
    private enum State {
        /// Nobody waits yet.
        case absent
        case waiting(CheckedContinuation<Bool, Never>)
        /// What came first: whether it was the call.
        case ended(Bool)
    }

    private let state = Mutex(State.absent)

    /// Nothing has happened yet.
    package init() {}

    /// Waits; once only. False: the task was cancelled first.
    package func wait() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> Bool? in
                    switch state {
                    case .absent:
                        state = .waiting(continuation)
                        return nil
                    case .ended(let isCalled): return isCalled
                    case .waiting: preconditionFailure("a wakeup is awaited once")
                    }
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            end(isCalled: false)
        }
    }

    /// The call.
    package func call() { end(isCalled: true) }

    private func end(isCalled: Bool) {
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch state {
            case .ended: return nil
            case .absent:
                state = .ended(isCalled)
                return nil
            case .waiting(let continuation):
                state = .ended(isCalled)
                return continuation
            }
        }
        continuation?.resume(returning: isCalled)
    }
}
