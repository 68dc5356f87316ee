import ServiceRuntime

/// What happens in a service besides its answers.
final class EventSeries: Sendable {
    private let cached = Counter()
    private let unpersisted = Counter()
    private let summaries = Counter()
    private let failedSummaries = Counter()
    private let added = Counter()
    private let recalled = Counter()
    private let forgotten = Counter()
    private let memoryFailures = Counter()
    private let warnings = Counter()

    /// Counts what happened.
    func note(_ event: ServiceEvent) {
        switch event {
        case .response(let event):
            if event.isCached { cached.add() }
            if event.isPersisted == false { unpersisted.add() }
        case .failure: break
        case .memory(let event): counter(event.action).add()
        case .summarized: summaries.add()
        case .unsummarized: failedSummaries.add()
        case .forgetful: memoryFailures.add()
        case .threshold: warnings.add()
        }
    }

    private func counter(_ action: ServiceEvent.Memory.Action) -> Counter {
        switch action {
        case .add: added
        case .recall: recalled
        case .forget: forgotten
        }
    }

    /// Writes the metrics.
    func write(to writer: inout MetricsWriter) {
        writer.counter(
            "rosey_llm_cached_answers_total", cached.value,
            "Answers that were another request's: kept, on their way, or the same request's before.")
        writer.counter(
            "rosey_llm_unpersisted_turns_total", unpersisted.value,
            "Turns that were not known to be stored when their answer went out; without JetStream, all of them.")
        writer.begin("rosey_llm_summaries_total", .counter, "Summaries of what left a conversation's window.")
        writer.sample(summaries.value, [("outcome", "ok")])
        writer.sample(failedSummaries.value, [("outcome", "failed")])
        writer.begin("rosey_llm_memory_operations_total", .counter, "What was done with memories.")
        for action in [ServiceEvent.Memory.Action.add, .recall, .forget] {
            writer.sample(counter(action).value, [("action", action.rawValue)])
        }
        writer.counter(
            "rosey_llm_memory_failures_total", memoryFailures.value,
            "What could not be done about memories behind answers: placing them, looking for something to remember.")
        writer.counter(
            "rosey_llm_limit_warnings_total", warnings.value, "Times somebody reached 80, 90 or 100 % of a limit.")
    }
}
