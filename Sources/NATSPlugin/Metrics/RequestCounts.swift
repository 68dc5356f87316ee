import BusProtocol
import LLMService
import ServiceRuntime

/// The requests that were answered, by what was asked for, which way it came, and what became of it.
final class RequestCounts: Sendable {
    private struct Key: Hashable, Sendable {
        var door: Door
        var kind: Operation.Kind
        var outcome: String
    }

    /// Doors, kinds and codes are ours and few.
    private let table = SeriesTable<Key, Counter>(limit: 2000) {
        Key(door: $0.door, kind: $0.kind, outcome: MetricLabel.other)
    } make: { _ in
        Counter()
    }

    init() { for door in Door.allCases { _ = table[Key(door: door, kind: .chat, outcome: Self.answered)] } }

    private static let answered = "ok"

    /// Counts one.
    ///
    /// - Parameter error: why there was no answer, if there was none.
    func count(_ door: Door, _ kind: Operation.Kind, _ error: LLMError?) {
        table[Key(door: door, kind: kind, outcome: error?.code.name ?? Self.answered)].add()
    }

    /// Writes the metric.
    func write(to writer: inout MetricsWriter) {
        writer.begin(
            "rosey_llm_requests_total", .counter,
            "Requests that were answered, once the answer is out: by what was asked for (action), which way it came (door), and ok or the error's code (outcome). A job counts each time it is tried."
        )
        for (key, counter) in table.all {
            writer.sample(
                counter.value,
                [("action", key.kind.rawValue), ("door", key.door.rawValue), ("outcome", key.outcome)])
        }
    }
}
