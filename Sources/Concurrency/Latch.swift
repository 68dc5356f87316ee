import Synchronization

/// An event that happens once, for which any number of tasks wait. Cancelling a task does not cut its wait short.
package final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Creates a latch; its event has not happened.
    package init() {}

    /// Whether the event has happened.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Waits until the event has happened.
    package func wait() async {
        await withCheckedContinuation { waiter in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(waiter) }
                return state.isOpen
            }
            if isOpen { waiter.resume() }
        }
    }

    /// The event has happened: resumes who waits.
    /// - Returns: whether it is the first time.
    @discardableResult
    package func open() -> Bool {
        let (isFirst, waiters) = state.withLock { state in
            defer { state = State(isOpen: true) }
            return (!state.isOpen, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return isFirst
    }
}
