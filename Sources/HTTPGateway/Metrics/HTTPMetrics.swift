import HTTPServing
import Observability
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
    private let requests: MetricsTable<Key, Counter>
    private let durations: MetricsTable<String, Histogram>
    private let active, streams: Gauge
    private let time: any TimeSource

    init(_ registry: MetricsRegistry, time: any TimeSource) {
        self.time = time
        let requests = registry.counters(
            "rosey_llm_http_requests_total",
            "HTTP requests that were answered, by route, method and class of status; of streams, when they began.",
            by: "route", "method", "status")
        // Routes, methods and classes are few.
        self.requests = MetricsTable { requests[$0.route, $0.method, $0.status] }
        let durations = registry.histograms(
            "rosey_llm_http_request_duration_seconds",
            "HTTP requests, from having been received whole to their answer, or the last piece of it.",
            .seconds([
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
            ]), by: "route")
        self.durations = MetricsTable { durations[$0] }
        active = registry.gauge(
            "rosey_llm_http_requests_active",
            "HTTP requests whose answer has not begun, the one for this text included.")
        streams = registry.gauge("rosey_llm_http_streams", "Answers that are being written in pieces.")
        _ = self.requests[Key(route: Route.chatCompletions.template, method: "POST", status: "2xx")]
        _ = self.durations[Route.chatCompletions.template]
    }

    /// The answer to a request, measured: one that is written in pieces until its last one.
    func measure(
        _ request: HTTPServerRequest, _ answer: (HTTPServerRequest) async -> HTTPServerResponse
    ) async -> HTTPServerResponse {
        let arrival = time.now
        active.add(1)
        let response = await answer(request)
        active.add(-1)
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
            streams.add(1)
            defer {
                streams.add(-1)
                duration.observe(time.now - arrival)
            }
            try await write(writer)
        }
        return measured
    }
}

extension HTTPServerRequest {
    /// Its method as a label's value.
    var methodLabel: String {
        ["GET", "HEAD", "POST", "DELETE", "OPTIONS"].contains(method) ? method : MetricLabel.other
    }
}
