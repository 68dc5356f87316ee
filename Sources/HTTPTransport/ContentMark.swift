import Synchronization

/// Whether the consumer of a streamed body has seen content in it, as it tells the loop.
///
/// The loop looks when a timeout may be over, so that thousands of streams do not wake it one by one when they begin;
/// only after it has looked in vain it is told.
struct ContentMark: ~Copyable, Sendable {
    /// What whoever says that content has begun has to do now.
    enum Reaction: Equatable { case nothing, tellLoop }

    private static let none: UInt8 = 0
    private static let begun: UInt8 = 1
    /// None yet, and the loop wants to be told.
    private static let awaited: UInt8 = 2

    private let state = Atomic<UInt8>(none)

    /// From the consumer: content has begun.
    func begin() -> Reaction {
        state.exchange(Self.begun, ordering: .acquiringAndReleasing) == Self.awaited ? .tellLoop : .nothing
    }

    /// From the loop: whether content has begun. If not, the loop is told when it does.
    func look() -> Bool {
        let (_, state) = state.compareExchange(
            expected: Self.none, desired: Self.awaited, ordering: .acquiringAndReleasing)
        return state == Self.begun
    }
}
