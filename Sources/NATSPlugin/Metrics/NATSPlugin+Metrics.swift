package import ServiceRuntime

extension NATSPlugin {
    /// Adds what is measured on the way from the bus and back.
    package func add(to registry: MetricsRegistry) {
        registry.add { [weak self] writer in self?.write(to: &writer) }
    }

    private func write(to writer: inout MetricsWriter) {
        meters.requests.write(to: &writer)
        writer.gauge("rosey_llm_peers", peers.count, "Other instances of the service that were heard of lately.")
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
