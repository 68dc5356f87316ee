import HTTPServing
import ServiceRuntime

/// Measures what goes through the gateway's door.
final class HTTPMetrics: Sendable {
    private struct Key: Hashable, Sendable {
        var route: String
        var method: String
        var status: String
    }

    /// Paths that lead nowhere.
    private static let noRoute = "none"
    private static let scale = HistogramScale.seconds([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
    ])

    /// Routes, methods and classes are few.
    private let requests = SeriesTable<Key, Counter>(limit: 500) {
        Key(route: MetricLabel.other, method: $0.method, status: $0.status)
    } make: { _ in
        Counter()
    }
    private let durations = SeriesTable<String, Histogram>(limit: 100) { _ in
        MetricLabel.other
    } make: { _ in
        Histogram(scale)
    }
    private let active = Level()
    private let streams = Level()
    private let time: any TimeSource

    init(time: any TimeSource) {
        self.time = time
        _ = requests[Key(route: Route.chatCompletions.template, method: "POST", status: "2xx")]
        _ = durations[Route.chatCompletions.template]
    }

    /// The answer to a request, measured: one that is written in pieces until its last one.
    func measure(
        _ request: HTTPServerRequest, _ answer: (HTTPServerRequest) async -> HTTPServerResponse
    ) async -> HTTPServerResponse {
        let arrival = time.now
        active.rise()
        let response = await answer(request)
        active.fall()
        return answered(request, response, arrival)
    }

    /// The answer to a request that was not received whole, counted.
    func count(_ request: HTTPServerRequest, _ response: HTTPServerResponse) -> HTTPServerResponse {
        answered(request, response, time.now)
    }

    @inline(never)
    private func answered(
        _ request: HTTPServerRequest, _ response: HTTPServerResponse, _ arrival: ContinuousClock.Instant
    ) -> HTTPServerResponse {
        let route = Route(path: request.path)?.template ?? Self.noRoute
        requests[Key(route: route, method: request.methodLabel, status: "\(response.status / 100)xx")].add()
        let duration = durations[route]
        guard case .stream(let write) = response.body else {
            duration.observe(time.now - arrival)
            return response
        }
        var measured = response
        measured.body = .stream { [streams, time] writer in
            streams.rise()
            defer {
                streams.fall()
                duration.observe(time.now - arrival)
            }
            try await write(writer)
        }
        return measured
    }

    /// Writes the metrics.
    ///
    /// - Parameter connections: that are open.
    func write(connections: Int, to writer: inout MetricsWriter) {
        writer.begin(
            "rosey_llm_http_requests_total", .counter,
            "HTTP requests that were answered, by route, method and class of status; of streams, when they began.")
        for (key, counter) in requests.all {
            writer.sample(counter.value, [("route", key.route), ("method", key.method), ("status", key.status)])
        }
        writer.begin(
            "rosey_llm_http_request_duration_seconds", .histogram,
            "HTTP requests, from having been received whole to their answer, or the last piece of it.")
        for (route, histogram) in durations.all { writer.sample(histogram, [("route", route)]) }
        writer.gauge(
            "rosey_llm_http_requests_active", active.value,
            "HTTP requests whose answer has not begun, the one for this text included.")
        writer.gauge("rosey_llm_http_streams", streams.value, "Answers that are being written in pieces.")
        writer.gauge("rosey_llm_http_connections", connections, "Connections of HTTP clients that are open.")
    }
}

extension HTTPServerRequest {
    /// Its method as a label's value.
    var methodLabel: String {
        ["GET", "HEAD", "POST", "DELETE", "OPTIONS"].contains(method) ? method : MetricLabel.other
    }
}
