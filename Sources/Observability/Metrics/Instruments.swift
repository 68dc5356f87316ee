import Synchronization

/// What is counted or measured in one place, without a lock, and written when somebody asks.
package protocol Instrument: AnyObject, Sendable {
    /// The type of a metric of such instruments.
    static var kind: MetricsWriter.Kind { get }

    /// Writes what was counted so far.
    func write(_ labels: [MetricsWriter.Label], to writer: inout MetricsWriter)
}

/// A number that only grows.
package final class Counter: Instrument {
    /// A counter.
    package static let kind = MetricsWriter.Kind.counter
    private let count = Atomic(0)

    /// A counter that no registry has; ``MetricsRegistry`` makes the others.
    package init() {}

    /// The number.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Counts so many more.
    package func add(_ more: Int = 1) { count.wrappingAdd(more, ordering: .relaxed) }

    /// Writes the number.
    package func write(_ labels: [MetricsWriter.Label], to writer: inout MetricsWriter) {
        writer.sample(value, labels)
    }
}

/// A number that rises and falls: how many there are of something now.
package final class Gauge: Instrument {
    /// A gauge.
    package static let kind = MetricsWriter.Kind.gauge
    private let number = Atomic(0)

    init() {}

    /// The number.
    package var value: Int { number.load(ordering: .relaxed) }

    /// Counts so many more, or fewer.
    package func add(_ more: Int) { number.wrappingAdd(more, ordering: .relaxed) }

    /// Sets the number. Returns what it was before.
    @discardableResult
    package func set(_ number: Int) -> Int { self.number.exchange(number, ordering: .relaxed) }

    /// Writes the number.
    package func write(_ labels: [MetricsWriter.Label], to writer: inout MetricsWriter) {
        writer.sample(value, labels)
    }
}
