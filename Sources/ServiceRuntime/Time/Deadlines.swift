import Concurrency
import Synchronization

/// Calls whoever is late. Thousands of deadlines share one timer.
public final class Deadlines<ID: Hashable & Sendable>: Sendable {
    private let table: Mutex<DeadlineTable<ID>>
    private let time: any TimeSource
    private let onLate: @Sendable (ID) -> Void

    /// - Parameters:
    ///   - time: whose time counts.
    ///   - grain: how close together two deadlines may lie and still cost one timer: how late somebody may be called.
    ///   - onLate: called once for each deadline that passes; quick, never blocking.
    public init(
        time: any TimeSource, grain: Duration = .milliseconds(10), onLate: @escaping @Sendable (ID) -> Void
    ) {
        table = Mutex(DeadlineTable(grain: grain))
        self.time = time
        self.onLate = onLate
    }

    /// Sets the deadline of `id`.
    public func add(_ id: ID, at deadline: ContinuousClock.Instant) {
        if let timer = table.withLock({ $0.add(id, at: deadline) }) { arm(timer) }
    }

    /// `id` is done.
    public func remove(_ id: ID) { table.withLock { $0.remove(id) } }

    private func arm(_ instant: ContinuousClock.Instant) {
        time.call(at: instant) { [weak self] in self?.expire(instant) }
    }

    private func expire(_ timer: ContinuousClock.Instant) {
        let (late, next) = table.withLock { $0.expire(timer, now: time.now) }
        if let next { arm(next) }
        for id in late { onLate(id) }
    }
}

/// Who must be done when. A value: what is to be done about it is returned.
///
/// Adding and removing, which everybody does, costs one look into a dictionary. Only when a timer goes off are all of them
/// looked at, once in a grain at the most.
struct DeadlineTable<ID: Hashable & Sendable>: Sendable {
    private var alarm: Alarm
    private var deadlines: [ID: ContinuousClock.Instant] = [:]

    init(grain: Duration = .milliseconds(10)) { alarm = Alarm(grain: grain) }

    /// Notes a deadline. Returns when a timer is to be set, if one is.
    mutating func add(_ id: ID, at deadline: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        deadlines[id] = deadline
        return alarm.arm(for: deadline)
    }

    /// Forgets a deadline.
    mutating func remove(_ id: ID) { deadlines.removeValue(forKey: id) }

    /// The timer set for `timer` went off: who is late, and when the next timer is to be set, if one is.
    mutating func expire(
        _ timer: ContinuousClock.Instant, now: ContinuousClock.Instant
    ) -> (late: [ID], next: ContinuousClock.Instant?) {
        guard alarm.isCurrent(timer) else { return ([], nil) }
        let late = deadlines.filter { $0.value <= now }.map(\.key)
        for id in late { deadlines.removeValue(forKey: id) }
        return (late, alarm.rearm(for: deadlines.values.min(), now: now))
    }
}
