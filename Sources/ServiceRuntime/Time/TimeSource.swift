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

extension Duration {
    /// The length in seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// The length in whole milliseconds, rounded to the nearest.
    public var milliseconds: Int { Int((seconds * 1000).rounded()) }
}
