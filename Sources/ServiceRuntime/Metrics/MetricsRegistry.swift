import Synchronization

/// All that a process measures: who has something to tell adds it once, and it is read whenever somebody asks.
package final class MetricsRegistry: Sendable {
    /// Writes some metrics: all samples of each, and each name from one place only. Quick, never blocking.
    package typealias Source = @Sendable (inout MetricsWriter) -> Void

    private let sources = Mutex<[Source]>([])

    /// Nothing to tell yet.
    package init() {}

    /// Adds metrics; they are written after those that were added before.
    package func add(_ source: @escaping Source) { sources.withLock { $0.append(source) } }

    /// All metrics as they are now, in Prometheus' text format.
    package func text() -> [UInt8] {
        let sources = sources.withLock { $0 }
        var writer = MetricsWriter()
        for source in sources { source(&writer) }
        return writer.bytes
    }
}
