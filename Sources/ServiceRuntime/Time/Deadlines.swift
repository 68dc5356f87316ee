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
