/// Who must be done when. A value: what is to be done about it is returned.
///
/// Adding and removing, which everybody does, costs one look into a dictionary. Only when a timer goes off are all of them
/// looked at, once in a grain at the most.
struct DeadlineTable<ID: Hashable & Sendable>: Sendable {
    /// How close together two deadlines may lie and still cost one timer.
    private let grain: Duration
    private var deadlines: [ID: ContinuousClock.Instant] = [:]
    /// The earliest timer that is set.
    private var armed: ContinuousClock.Instant?

    init(grain: Duration = .milliseconds(10)) { self.grain = grain }

    /// Notes a deadline. Returns when a timer is to be set, if one is.
    mutating func add(_ id: ID, at deadline: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        deadlines[id] = deadline
        if let armed, armed <= deadline { return nil }
        armed = deadline
        return deadline
    }

    /// Forgets a deadline.
    mutating func remove(_ id: ID) { deadlines.removeValue(forKey: id) }

    /// The timer set for `timer` went off: who is late, and when the next timer is to be set, if one is.
    ///
    /// It may be one that an earlier one replaced, which says nothing. And it may have come a moment too early (timers need
    /// not run by the clock that `now` is read from): then it is set again, or nobody would ever be late any more.
    mutating func expire(
        _ timer: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) -> (late: [ID], next: ContinuousClock.Instant?) {
        guard armed == timer else { return ([], nil) }
        let late = deadlines.filter { $0.value <= now }.map(\.key)
        for id in late { deadlines.removeValue(forKey: id) }
        armed = deadlines.values.min().map { max($0, now + grain) }
        return (late, armed)
    }
}
