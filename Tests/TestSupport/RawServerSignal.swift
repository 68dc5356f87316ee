internal import Foundation
internal import Synchronization

/// Something that happens once: scripts of a ``RawServer`` wait for it on their thread, tests in their task.
package final class RawServerSignal: Sendable {
    private struct State {
        var hasHappened = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let condition = DispatchSemaphore(value: 0)

    package init() {}

    package var hasHappened: Bool { state.withLock { $0.hasHappened } }

    /// Lets everybody go on, now and later.
    package func fire() {
        let waiters = state.withLock { state in
            state.hasHappened = true
            defer { state.waiters = [] }
            return state.waiters
        }
        condition.signal()
        for waiter in waiters { waiter.resume() }
    }

    /// Waits in a task.
    package func wait() async {
        await withCheckedContinuation { waiter in
            let isOver = state.withLock { state in
                if !state.hasHappened { state.waiters.append(waiter) }
                return state.hasHappened
            }
            if isOver { waiter.resume() }
        }
    }

    /// Waits on a thread of one's own.
    package func waitOnThread() {
        condition.wait()
        condition.signal()
    }
}
