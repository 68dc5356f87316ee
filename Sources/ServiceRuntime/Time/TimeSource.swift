import Concurrency
import Dispatch

/// What time it is, and a call when it is later. Injected, so that tests need not wait.
public protocol TimeSource: Sendable {
    /// Now, on a clock that never goes back.
    var now: ContinuousClock.Instant { get }

    /// Now, by the calendar. It may go back when somebody sets the clock.
    var timestamp: Timestamp { get }

    /// Calls `block` once, at `instant` or soon after, on a thread of its own choice.
    func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void)
}

/// The machine's time.
public struct SystemTime: TimeSource {
    private static let queue = DispatchQueue(label: "rosey-llm.timers")

    /// The machine's time.
    public init() {}

    /// Now.
    public var now: ContinuousClock.Instant { ContinuousClock.now }

    /// Now, by the calendar.
    public var timestamp: Timestamp { .current() }

    /// Calls `block` on the timers' queue.
    public func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
        let delay = max(0, (instant - now).seconds)
        Self.queue.asyncAfter(deadline: .now() + delay, execute: block)
    }
}

extension TimeSource {
    /// Waits until `deadline`; not at all where that has passed.
    ///
    /// A timer cannot be taken back: that of a sleep which is cancelled goes off in time, and wakes nobody.
    ///
    /// - Throws: at once when the task is cancelled, also when it was before.
    package func sleep(until deadline: ContinuousClock.Instant) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        // Timers need not run by the clock that `now` is read from: one that comes too early is set again.
        while now < deadline {
            let slot = WaitSlot<Void>()
            call(at: deadline) { slot.resume() }
            guard await slot.wait() != nil else { throw CancellationError() }
        }
    }
}
