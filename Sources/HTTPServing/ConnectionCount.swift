import Synchronization

/// How many connections a server has. Counted on its thread, read on any.
final class ConnectionCount: Sendable {
    private let count = Atomic(0)

    /// The number.
    var value: Int { count.load(ordering: .relaxed) }

    /// A client has come.
    func rise() { count.wrappingAdd(1, ordering: .relaxed) }

    /// A client is gone.
    func fall() { count.wrappingSubtract(1, ordering: .relaxed) }
}
