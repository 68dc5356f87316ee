package import ServiceRuntime

extension NATSPlugin {
    /// Adds what is measured on the way from the bus and back.
    package func add(to registry: MetricsRegistry) {
        registry.add { [weak self] writer in self?.write(to: &writer) }
    }

    private func write(to writer: inout MetricsWriter) {
        meters.requests.write(to: &writer)
        writer.gauge("rosey_llm_peers", cluster.count, "Other instances of the service that were heard of lately.")
        writer.begin("rosey_llm_messages_lost_total", .counter, "Messages that got no answer, and why.")
        for (reason, value) in [
            // Faster than they could be taken; counted by the library.
            ("dropped", dropped),
            // No JSON, and nowhere to say so; calls without a reply subject.
            ("ignored", counters.ignored.value),
            // Typed more than ten minutes before somebody was there.
            ("overdue", counters.overdue.value),
            // The connection would not take the answer.
            ("unsent", counters.unsent.value),
        ] { writer.sample(value, [("reason", reason)]) }
        writer.begin(
            "rosey_llm_jobs_total", .counter,
            "Deliveries of jobs, and of commands that JetStream keeps: taken; of these, those that came before (redelivered); and jobs given up (dead)."
        )
        for (event, counter) in [
            ("taken", counters.jobsTaken), ("redelivered", counters.jobsRedelivered), ("dead", counters.jobsDead),
        ] { writer.sample(counter.value, [("event", event)]) }
    }
}

/// What the plugin has seen and done since it started.
package final class Counters: Sendable {
    /// Final answers sent.
    package let answered = Counter()
    /// Failures sent.
    package let failed = Counter()
    /// Messages that no answer could be given to: not JSON, and nowhere to say so.
    package let ignored = Counter()
    /// What was typed too long before somebody was there to answer it.
    package let overdue = Counter()
    /// Messages that the connection would not take.
    package let unsent = Counter()
    /// Deliveries that JetStream made to us.
    package let jobsTaken = Counter()
    /// Those of them that were not the first of their message.
    package let jobsRedelivered = Counter()
    /// Jobs that were given up.
    package let jobsDead = Counter()
}
