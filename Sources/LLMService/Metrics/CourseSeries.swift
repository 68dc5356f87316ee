import ServiceRuntime

/// What is measured of the requests of one kind.
final class CourseSeries: Sendable {
    private static let totalScale = HistogramScale.seconds([
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 300,
    ])
    private static let overheadScale = HistogramScale.seconds([
        0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5,
    ])
    private static let queueScale = HistogramScale.seconds([
        0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
    ])

    private let total = Histogram(totalScale)
    private let overhead = Histogram(overheadScale)
    private let queued = Histogram(queueScale)

    /// Takes note of a request that is over.
    func note(_ course: Course) {
        total.observe(course.total)
        overhead.observe(course.overhead)
        queued.observe(course.queued)
    }

    /// Writes the three metrics of all kinds.
    static func write(_ all: [(action: Course.Action, series: CourseSeries)], to writer: inout MetricsWriter) {
        writer.begin(
            "rosey_llm_request_duration_seconds", .histogram,
            "Requests that had a place in line, failed ones too: from their coming to their answer's being out.")
        for (action, series) in all { writer.sample(series.total, [("action", action.rawValue)]) }
        writer.begin(
            "rosey_llm_overhead_seconds", .histogram,
            "The service's own part of that: less rosey_llm_queue_wait_seconds, and less the time with providers (exchanges and the network to there, waits between tries and for a place at a provider, pieces handed out while it writes). Reading the message, limits, storing the turn and publishing are in it."
        )
        for (action, series) in all { writer.sample(series.overhead, [("action", action.rawValue)]) }
        writer.begin(
            "rosey_llm_queue_wait_seconds", .histogram,
            "In line behind other requests, of the same channel or of all: what is waited for there is other requests' providers."
        )
        for (action, series) in all { writer.sample(series.queued, [("action", action.rawValue)]) }
    }
}
