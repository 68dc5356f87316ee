import Synchronization

/// A number that only grows.
package final class Counter: Sendable {
    private let count = Atomic(0)

    /// Nothing counted yet.
    package init() {}

    /// The number.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Counts so many more.
    package func add(_ more: Int = 1) { count.wrappingAdd(more, ordering: .relaxed) }
}
