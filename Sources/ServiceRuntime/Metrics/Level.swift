import Synchronization

/// A number that rises and falls: how many there are of something now.
package final class Level: Sendable {
    private let count = Atomic(0)

    /// None yet.
    package init() {}

    /// The number.
    package var value: Int { count.load(ordering: .relaxed) }

    /// One more is there.
    package func rise() { count.wrappingAdd(1, ordering: .relaxed) }

    /// One is gone.
    package func fall() { count.wrappingSubtract(1, ordering: .relaxed) }

    /// So many are there.
    package func set(_ number: Int) { count.store(number, ordering: .relaxed) }
}
