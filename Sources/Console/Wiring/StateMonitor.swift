import Conversations
import Observability
import Persistence
import ServiceRuntime

/// Tells the operator whether what is said outlives the process, and counts what keeps it from that.
final class StateMonitor: Sendable {
    private let log: Log
    private let throttle: LogThrottle
    private let outages, slowdowns, foreign, unwritable: Counter
    private let lost: Gauge

    init(log: Log, time: any TimeSource, _ metrics: MetricsRegistry) {
        self.log = log
        // One that is slow now and then is so again and again.
        throttle = LogThrottle(interval: .seconds(60), time: time)
        outages = metrics.counter("rosey_llm_state_outages_total", "Times the key-value bucket went away.")
        slowdowns = metrics.counter(
            "rosey_llm_state_slowdowns_total", "Times a write took longer than anybody waits, after one that did not.")
        let rejected = metrics.counters(
            "rosey_llm_state_rejected_documents_total",
            "Documents that live in memory only: their record is not of this program (foreign), or is refused (unwritable).",
            by: "reason")
        (foreign, unwritable) = (rejected["foreign"], rejected["unwritable"])
        lost = metrics.gauge(
            "rosey_llm_state_lost_documents",
            "Documents that left memory before they could be written, when that was last told.")
    }

    /// One event, one line.
    @Sendable
    func observe(_ event: StateEvent) {
        switch event {
        case .available(let bucket):
            log.info("Conversations are kept", [.bucket: bucket])
        case .unavailable(let reason):
            outages.add()
            log.warning(
                "Conversations cannot be stored for now; answers are sent, and turns are stored later",
                [.reason: reason])
        case .slow:
            slowdowns.add()
            guard let heldBack = throttle.admit("slow") else { return }
            log.warning(
                "Storing a turn takes longer than an answer waits for it; it is stored later",
                [.heldBack: String(heldBack)])
        case .memoryOnly(let reason):
            outages.add()
            log.warning(
                "Conversations are kept in memory only: a restart forgets them",
                [.reason: reason, .hint: "nats-server -js keeps them"])
        case .foreign(let key, let reason):
            foreign.add()
            log.warning(
                "A record cannot be read and is left as it is; its channel is kept in memory only",
                [.key: key, .reason: reason])
        case .unwritable(let key, let reason):
            unwritable.add()
            log.error("A record cannot be written; its channel is kept in memory only", [.key: key, .reason: reason])
        case .lost(let count):
            lost.set(count)
            log.error(
                "Turns that could not be stored for a long time were dropped: memory is full", [.count: String(count)])
        }
    }
}

extension StateBucket {
    /// Adds whether it works, and what it holds.
    func add(to metrics: MetricsRegistry) {
        metrics.add { [weak self] writer in
            guard let self else { return }
            writer.metric(
                "rosey_llm_state_available", .gauge, "Whether what is said now outlives the process, 1 or 0.",
                isAvailable ? 1 : 0)
            writer.metric(
                "rosey_llm_state_errors_total", .counter,
                "Reads and writes of the key-value bucket that failed, tries to reach it again included.",
                failures.value)
            let loads = loads
            for (name, help, numbers) in [
                ("rosey_llm_state_documents", "Documents in memory.", loads.map(\.load.count)),
                ("rosey_llm_state_bytes", "Their size, roughly.", loads.map(\.load.bytes)),
                (
                    "rosey_llm_state_unwritten_documents", "Those of them that wait to be written.",
                    loads.map(\.load.dirty)
                ),
            ] {
                writer.begin(name, .gauge, help)
                for ((prefix, _), number) in zip(loads, numbers) {
                    writer.sample(number, [("kind", Self.kind(prefix))])
                }
            }
        }
    }

    /// As ``ServiceStores`` are made.
    private static func kind(_ prefix: String) -> String {
        switch prefix {
        case Conversation.keyPrefix: "conversations"
        case MemoryBook.keyPrefix: "memories"
        case Usage.keyPrefix: "usage"
        default: prefix
        }
    }
}
