import ServiceRuntime
import Synchronization

/// After a summary that failed: not the next one at once, but after some turns more. Of so many channels; the one that
/// waited longest is forgotten first.
final class SummaryPauses: Sendable {
    /// The turns that go by.
    private static let length = 10
    /// The turns there had been when it failed.
    private let failures = Mutex(LRUTable<String, Int>(capacity: 1024))

    /// Whether the channel's summary is to wait.
    ///
    /// - Parameter turns: those there ever were, since the last reset.
    func holds(_ channel: String, turns: Int) -> Bool {
        guard let failed = failures.withLock({ $0.value(channel) }) else { return false }
        // Fewer there are after a reset.
        return (failed..<failed + Self.length).contains(turns)
    }

    /// The channel's summary failed.
    func begin(_ channel: String, turns: Int) {
        failures.withLock { $0.update(channel, default: turns) { $0 = turns } }
    }

    /// The channel's summary is made.
    func end(_ channel: String) { failures.withLock { _ = $0.remove(channel) } }
}
