import FoundationEssentials
import GatewayCore
import HTTPServing
import Observability
import OpenAIGateway
import ServiceRuntime
import WebChat

/// Takes every request: checks who comes and what for, and sends it on.
struct GatewayRouter: Sendable {
    let settings: GatewaySettings
    private let openAI: OpenAIGateway
    private let probe: ReadinessProbe
    let tracer: Tracer
    /// Nil where there is no page.
    let web: WebChatHandler?
    private let metrics: MetricsRegistry
    let meter: HTTPMetrics
    let keys: BearerKeys
    let keyWatch: KeyWatch
    let hosts: HostCheck
    let origins: CrossOrigin

    init(
        _ settings: GatewaySettings, _ bus: ServiceBus, web: WebChatHandler?, time: any TimeSource,
        metrics: MetricsRegistry, meter: HTTPMetrics, tracer: Tracer, keyWatch: KeyWatch
    ) {
        self.keyWatch = keyWatch
        (self.metrics, self.meter) = (metrics, meter)
        (self.settings, self.tracer, self.web) = (settings, tracer, web)
        openAI = OpenAIGateway(settings, bus, time: time)
        probe = ReadinessProbe(bus, time: time)
        keys = BearerKeys(settings.apiKeys)
        hosts = HostCheck(host: settings.host, hasKeys: !settings.apiKeys.isEmpty)
        origins = CrossOrigin(allowed: settings.allowedOrigins)
    }

    /// The answer to a request, whatever it is.
    func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse { await meter.measure(request, respond) }

    private func respond(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        do throws(APIError) {
            try checkHost(request)
            let origin = try origins.check(request)
            let response: HTTPServerResponse
            do throws(APIError) { response = try await serve(request) } catch { response = error.response }
            return origins.marked(response, for: origin)
        } catch {
            return error.response
        }
    }

    private func serve(_ request: HTTPServerRequest) async throws(APIError) -> HTTPServerResponse {
        guard let route = Route(path: request.path) else { throw .noSuchPath(request) }
        if request.method == "OPTIONS" { return origins.preflight(request, methods: route.methods) }
        guard route.methods.contains(request.method) else { throw .wrongMethod(request, allowed: route.methods) }
        guard let span = route.isTraced ? tracer.begin(request, route: route.template) : nil else {
            return try await serve(request, route, nil)
        }
        do throws(APIError) {
            return span.ending(with: try await serve(request, route, span))
        } catch {
            throw span.end(error)
        }
    }

    private func serve(
        _ request: HTTPServerRequest, _ route: Route, _ span: TraceSpan?
    ) async throws(APIError) -> HTTPServerResponse {
        if !route.isOpen { try checkKey(request) }
        switch route {
        case .chatCompletions:
            return try await openAI.chat(try request.jsonObject(), from: keys.name(of: request), span)
        case .embeddings: return try await openAI.embed(try request.jsonObject(), from: keys.name(of: request), span)
        case .models: return try await openAI.listModels(span)
        case .model(let id): return try await openAI.findModel(id, span)
        case .health: return HTTPServerResponse(text: "ok\n")
        case .readiness: return await probe.response()
        case .web(let place):
            guard let web else { throw .noSuchPath(request) }
            return try await web.answer(request, at: place)
        case .metrics: return measures()
        }
    }

    /// `GET /metrics`.
    private func measures() -> HTTPServerResponse {
        HTTPServerResponse(
            headers: [("Content-Type", MetricsWriter.contentType), ("Cache-Control", "no-store")],
            body: Data(metrics.text()))
    }
}
