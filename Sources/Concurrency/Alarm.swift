/// Decides when the one timer behind many deadlines has to be set. A pure value.
///
/// Deadlines that are removed leave it as it is: it goes off once for nothing.
package struct Alarm: Sendable {
    /// A point in time.
    package typealias Instant = ContinuousClock.Instant

    /// How close together two deadlines may lie and still cost one timer.
    private let grain: Duration
    /// When the earliest timer goes off; nil if none is set.
    private var timer: Instant?

    /// Creates an alarm that is not set.
    /// - Parameter grain: how close together two deadlines may lie and still cost one timer.
    package init(grain: Duration = .milliseconds(10)) { self.grain = grain }

    /// Notes a deadline. Returns when a timer is to be set, if one is.
    package mutating func arm(for deadline: Instant) -> Instant? {
        if let timer, timer <= deadline { return nil }
        timer = deadline
        return deadline
    }

    /// Whether a timer that went off counts: not one that an earlier one has replaced.
    package func isCurrent(_ timer: Instant) -> Bool { self.timer == timer }

    /// The timer went off. Returns when the next one is to be set, if one is.
    ///
    /// A timer may come a moment too early (it need not run by the clock that `now` is read from): it is set again then.
    /// - Parameter earliest: the earliest deadline that has not passed.
    package mutating func rearm(for earliest: Instant?, now: Instant) -> Instant? {
        timer = earliest.map { max($0, now + grain) }
        return timer
    }
}
