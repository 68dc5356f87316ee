import BusProtocol
import LLMService
package import Observability

/// What is counted on the way from the bus and back.
package final class PluginMetrics: Sendable {
    private struct Key: Hashable, Sendable {
        var door: Door
        var kind: Operation.Kind
        var outcome: String
    }

    /// Final answers sent, and failures.
    package let answered = Counter(), failed = Counter()
    /// Messages that no answer could be given to: not JSON, and nowhere to say so; calls without a reply subject.
    package let ignored = Counter()
    /// What was typed more than ten minutes before somebody was there to answer it.
    package let overdue = Counter()
    /// Messages that the connection would not take.
    package let unsent = Counter()
    /// Deliveries that JetStream made to us; those of them that were not the first of their message; jobs given up.
    package let jobsTaken, jobsRedelivered, jobsDead: Counter
    /// The requests that were answered, by what was asked for, which way it came, and what became of it. All are ours and few.
    private let requests: MetricsTable<Key, Counter>
    private let endpoints = Dictionary(uniqueKeysWithValues: Endpoint.all.map { ($0, EndpointStatistics()) })

    init(_ registry: MetricsRegistry) {
        let requests = registry.counters(
            "rosey_llm_requests_total",
            "Requests that were answered, once the answer is out: by what was asked for (action), which way it came (door), and ok or the error's code (outcome). A job counts each time it is tried.",
            by: "action", "door", "outcome")
        self.requests = MetricsTable { requests[$0.kind.rawValue, $0.door.rawValue, $0.outcome] }
        let jobs = registry.counters(
            "rosey_llm_jobs_total",
            "Deliveries of jobs, and of commands that JetStream keeps: taken; of these, those that came before (redelivered); and jobs given up (dead).",
            by: "event")
        (jobsTaken, jobsRedelivered, jobsDead) = (jobs["taken"], jobs["redelivered"], jobs["dead"])
        for door in Door.allCases { _ = self.requests[Key(door: door, kind: .chat, outcome: Self.answered)] }
    }

    private static let answered = "ok"

    /// Adds the messages that got no answer.
    ///
    /// - Parameter dropped: returns how many came faster than they could be taken; counted by the library.
    func addLosses(to registry: MetricsRegistry, dropped: @escaping @Sendable () -> Int) {
        registry.add(
            "rosey_llm_messages_lost_total", .counter, "Messages that got no answer, and why.", by: "reason"
        ) { [self] in
            [
                ("dropped", dropped()), ("ignored", ignored.value), ("overdue", overdue.value),
                ("unsent", unsent.value),
            ]
        }
    }

    /// Counts a request.
    ///
    /// - Parameter error: why there was no answer, if there was none.
    func count(_ door: Door, _ kind: Operation.Kind, _ error: LLMError?) {
        requests[Key(door: door, kind: kind, outcome: error?.code.name ?? Self.answered)].add()
    }

    /// The statistics of an endpoint; nil where there is none.
    subscript(endpoint: Endpoint?) -> EndpointStatistics? { endpoint.flatMap { endpoints[$0] } }
}
