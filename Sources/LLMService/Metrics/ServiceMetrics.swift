import Observability
import ServiceRuntime

/// What is counted and measured of a service: a few atomic additions a request. No channel's or user's name is in it.
struct ServiceMetrics: Sendable {
    /// What is measured of the requests of one kind.
    private struct Durations: Sendable { let total, overhead, queued: Histogram }

    private let durations: [RequestTimings.Action: Durations]
    private let cached, unpersisted: Counter
    private let memoryOperations: [ServiceEvent.MemoryAction: Counter]
    let summaries, failedSummaries, memoryFailures: Counter
    let models: ModelMetrics

    init(_ registry: MetricsRegistry) {
        let total = registry.histograms(
            "rosey_llm_request_duration_seconds",
            "Requests that had a place in line, failed ones too: from their coming to their answer's being out.",
            .seconds([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 300,
            ]), by: "action")
        let overhead = registry.histograms(
            "rosey_llm_overhead_seconds",
            "The service's own part of that: less rosey_llm_queue_wait_seconds, and less the time with providers (exchanges and the network to there, waits between tries and for a place at a provider, pieces handed out while it writes). Reading the message, limits, storing the turn and publishing are in it.",
            .seconds([
                0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5,
            ]), by: "action")
        let queued = registry.histograms(
            "rosey_llm_queue_wait_seconds",
            "In line behind other requests, of the same channel or of all: what is waited for there is other requests' providers.",
            .seconds([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]),
            by: "action")
        durations = Dictionary(
            uniqueKeysWithValues: RequestTimings.Action.allCases.map {
                let name = $0.rawValue
                return ($0, Durations(total: total[name], overhead: overhead[name], queued: queued[name]))
            })
        models = ModelMetrics(registry)
        cached = registry.counter(
            "rosey_llm_cached_answers_total",
            "Answers that were another request's: kept, on their way, or the same request's before.")
        unpersisted = registry.counter(
            "rosey_llm_unpersisted_turns_total",
            "Turns that were not known to be stored when their answer went out; without JetStream, all of them.")
        let summaries = registry.counters(
            "rosey_llm_summaries_total", "Summaries of what left a conversation's window.", by: "outcome")
        (self.summaries, failedSummaries) = (summaries["ok"], summaries["failed"])
        let operations = registry.counters(
            "rosey_llm_memory_operations_total", "What was done with memories.", by: "action")
        memoryOperations = Dictionary(
            uniqueKeysWithValues: ServiceEvent.MemoryAction.allCases.map { ($0, operations[$0.rawValue]) })
        memoryFailures = registry.counter(
            "rosey_llm_memory_failures_total",
            "What could not be done about memories behind answers: placing them, looking for something to remember.")
    }

    /// Measures a request that is over.
    func observe(_ timings: RequestTimings) {
        guard let durations = durations[timings.action] else { return }
        durations.total.observe(timings.total)
        durations.overhead.observe(timings.overhead)
        durations.queued.observe(timings.queued)
    }

    /// Counts an answer.
    func count(_ response: ServiceEvent.Response) {
        if response.isCached { cached.add() }
        if response.isPersisted == false { unpersisted.add() }
        if let time = response.firstToken {
            models.observe(firstToken: time, provider: response.provider, model: response.model)
        }
    }

    /// Counts what was done with memories.
    func count(_ action: ServiceEvent.MemoryAction) { memoryOperations[action]?.add() }
}

extension LLMService {
    /// Adds what the service is at.
    func addGauges(to registry: MetricsRegistry) {
        registry.gauge("rosey_llm_requests_running", "Requests at work, of which a provider may be asked.") { [queue] in
            queue.load.running
        }
        registry.gauge("rosey_llm_requests_waiting", "Requests in line, of a channel or of all.") { [queue] in
            queue.load.waiting
        }
        registry.gauge("rosey_llm_background_work", "Summaries and the like that run or wait behind answers.") {
            [background] in background.count
        }
        registry.gauge("rosey_llm_cache_entries", "Answers that are kept for those who ask the same.") { [cache] in
            cache?.load.stored ?? 0
        }
        registry.gauge("rosey_llm_cache_bytes", "Their size.") { [cache] in cache?.load.bytes ?? 0 }
    }
}
