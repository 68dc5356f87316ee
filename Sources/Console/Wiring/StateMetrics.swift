import ReplicatedState
import ServiceRuntime

/// Measures what is to outlive the process: a bucket, by what it tells and by what it is asked.
final class StateMetrics: Sendable {
    private let outages = Counter()
    private let slowdowns = Counter()
    private let foreign = Counter()
    private let unwritable = Counter()
    private let lost = Level()

    /// Counts what happened.
    @Sendable
    func tell(_ event: StateEvent) {
        switch event {
        case .available: break
        case .unavailable, .memoryOnly: outages.add()
        case .slow: slowdowns.add()
        case .foreign: foreign.add()
        case .unwritable: unwritable.add()
        case .lost(let count): lost.set(count)
        }
    }

    /// Adds the metrics of a bucket to a registry.
    func add(_ bucket: StateBucket, to registry: MetricsRegistry) {
        registry.add { [self, weak bucket] writer in
            if let bucket { write(bucket, to: &writer) }
        }
    }

    private func write(_ bucket: StateBucket, to writer: inout MetricsWriter) {
        writer.gauge(
            "rosey_llm_state_available", bucket.isAvailable ? 1 : 0,
            "Whether what is said now outlives the process, 1 or 0.")
        writer.counter(
            "rosey_llm_state_errors_total", bucket.failures.value,
            "Reads and writes of the key-value bucket that failed, tries to reach it again included.")
        writer.counter("rosey_llm_state_outages_total", outages.value, "Times the key-value bucket went away.")
        writer.counter(
            "rosey_llm_state_slowdowns_total", slowdowns.value,
            "Times a write took longer than anybody waits, after one that did not.")
        writer.begin(
            "rosey_llm_state_rejected_documents_total", .counter,
            "Documents that live in memory only: their record is not of this program (foreign), or is refused (unwritable)."
        )
        writer.sample(foreign.value, [("reason", "foreign")])
        writer.sample(unwritable.value, [("reason", "unwritable")])
        writer.gauge(
            "rosey_llm_state_lost_documents", lost.value,
            "Documents that left memory before they could be written, when that was last told.")
        let loads = bucket.loads.map { (kind: Self.kind($0.prefix), load: $0.load) }
        writer.begin("rosey_llm_state_documents", .gauge, "Documents in memory.")
        for (kind, load) in loads { writer.sample(load.count, [("kind", kind)]) }
        writer.begin("rosey_llm_state_bytes", .gauge, "Their size, roughly.")
        for (kind, load) in loads { writer.sample(load.bytes, [("kind", kind)]) }
        writer.begin("rosey_llm_state_unwritten_documents", .gauge, "Those of them that wait to be written.")
        for (kind, load) in loads { writer.sample(load.dirty, [("kind", kind)]) }
    }

    /// As ``ServiceStores`` are made.
    private static func kind(_ prefix: String) -> String {
        switch prefix {
        case "c": "conversations"
        case "m": "memories"
        case "u": "usage"
        default: prefix
        }
    }
}
