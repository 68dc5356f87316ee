import Synchronization

/// How much waits for all browsers together.
final class BrowserLoad: Sendable {
    private let count = Atomic(0)

    /// In bytes.
    var bytes: Int { count.load(ordering: .relaxed) }

    /// So much more, or less.
    func add(_ bytes: Int) { count.wrappingAdd(bytes, ordering: .relaxed) }
}
