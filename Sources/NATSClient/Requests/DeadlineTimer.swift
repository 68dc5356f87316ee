internal import Dispatch

/// One timer that can be set again and again.
///
/// `@unchecked Sendable`: a dispatch source may be scheduled and cancelled from any thread, and is all it holds.
final class DeadlineTimer: @unchecked Sendable {
    private let source: any DispatchSourceTimer

    init() { source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "nats.deadlines")) }

    /// Begins; once only.
    /// - Parameter handler: called on a queue of its own when a time that was set has come.
    func start(_ handler: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: handler)
        source.activate()
    }

    deinit { source.cancel() }

    /// Goes off once after the delay, instead of at the time set before.
    func set(after delay: Duration) {
        source.schedule(deadline: .now() + max(delay, .zero).dispatchInterval, leeway: .milliseconds(1))
    }
}
