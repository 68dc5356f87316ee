package import ServiceRuntime
import Synchronization

/// Time that stands still until a test moves it.
package final class ManualTime: TimeSource {
    private struct Timer: Sendable {
        let instant: ContinuousClock.Instant
        let block: @Sendable () -> Void
    }

    private struct State: Sendable {
        let beginning: ContinuousClock.Instant
        var now: ContinuousClock.Instant
        var timers: [Timer] = []
        var timersSet = 0
        var onNow: (@Sendable () -> Void)?
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    /// Time that stands still.
    package init() {
        let now = ContinuousClock.now
        state = Mutex(State(beginning: now, now: now))
    }

    /// Now, which is where the last ``advance(by:)`` left it.
    package var now: ContinuousClock.Instant {
        let (now, onNow) = state.withLock { state in
            defer { state.onNow = nil }
            return (state.now, state.onNow)
        }
        onNow?()
        return now
    }

    /// Now, by the calendar: time begins at noon of the 1st of March 2026.
    package var timestamp: Timestamp {
        state.withLock { Timestamp(milliseconds: 1_772_366_400_000) + ($0.now - $0.beginning) }
    }

    /// Keeps `block` until its time has come.
    package func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
        let watchers = state.withLock { state in
            state.timers.append(Timer(instant: instant, block: block))
            state.timersSet += 1
            let due = state.watchers.filter { $0.count <= state.timersSet }
            state.watchers.removeAll { $0.count <= state.timersSet }
            return due
        }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Waits until so many timers were ever set.
    package func timersSet(_ count: Int) async throws {
        try await within {
            await withCheckedContinuation { continuation in
                let isThere = self.state.withLock { state in
                    if state.timersSet < count { state.watchers.append((count, continuation)) }
                    return state.timersSet >= count
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// The timers that wait.
    package var timerCount: Int { state.withLock { $0.timers.count } }

    /// The timers that were ever set.
    package var timersSet: Int { state.withLock { $0.timersSet } }

    /// Calls `block` when somebody next asks what time it is: a way into the middle of what asks.
    package func onNextNow(_ block: @escaping @Sendable () -> Void) { state.withLock { $0.onNow = block } }

    /// Moves on, and calls what is due on the way, in order, each at its own time.
    package func advance(by duration: Duration) {
        let target = state.withLock { $0.now + duration }
        while let timer = state.withLock({ Self.nextDue(&$0, target) }) { timer.block() }
        state.withLock { $0.now = target }
    }

    private static func nextDue(_ state: inout State, _ target: ContinuousClock.Instant) -> Timer? {
        guard let index = state.timers.indices.min(by: { state.timers[$0].instant < state.timers[$1].instant }),
            state.timers[index].instant <= target
        else { return nil }
        let timer = state.timers.remove(at: index)
        state.now = max(state.now, timer.instant)
        return timer
    }
}
