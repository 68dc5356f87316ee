import GatewayCore
import HTTPGateway
import HTTPServing
import HTTPTransport
import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import Settings
import Synchronization
import TestSupport
import TraceExport
import TraceTestSupport

/// Two model servers, the service in front of them on a real NATS server, the gateway in front of that, and a collector
/// that each of the two sends its spans to.
struct Stage: Sendable {
    let models: Models
    let standIn: Models
    let collector: TraceCollector
    let client: NATSConnection
    let http: HTTPClient
    let service: LLMService
    private let gateway: HTTPGateway

    /// Runs the body with everything running, and ends it in order afterwards.
    ///
    /// - Parameter sampler: nil: no spans are sent.
    static func with(
        sampler: Sampler? = Sampler(), plugin settings: PluginSettings = PluginSettings(), jetStream: Bool = false,
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let (models, standIn, collector) = (Models(), Models(), TraceCollector())
        try await withNATSServer(jetStream: jetStream) { nats in
            try await withHTTPServer(handler: models.handle) { _, url in
                try await withHTTPServer(handler: standIn.handle) { _, other in
                    try await withHTTPServer(handler: collector.handle) { _, address in
                        let exporters = sampler.map { _ in
                            ["service", "gateway"].map { name in
                                var settings = ExportSettings(endpoint: address + "/v1/traces")
                                settings.delay = .milliseconds(20)
                                settings.resource = [Attribute("service.name", name)]
                                return SpanExporter(settings, version: "1", log: .silent)
                            }
                        }
                        let tracers = (0..<2).map { index in
                            exporters.map { Tracer($0[index], sampler: sampler ?? Sampler()) } ?? .off
                        }
                        try await with(nats, (models, url), (standIn, other), collector, tracers, settings) { stage in
                            let running = Task {
                                await withDiscardingTaskGroup { group in
                                    for exporter in exporters ?? [] { group.addTask { await exporter.run() } }
                                }
                            }
                            let result = await Result { try await withTimeout(.seconds(60)) { try await body(stage) } }
                            for exporter in exporters ?? [] { exporter.close() }
                            await running.value
                            try result.get()
                        }
                    }
                }
            }
        }
    }

    private static func with(
        _ nats: NATSTestServer, _ first: (models: Models, url: String), _ second: (models: Models, url: String),
        _ collector: TraceCollector, _ tracers: [Tracer], _ settings: PluginSettings,
        _ body: (Stage) async throws -> Void
    ) async throws {
        let http = HTTPClient(maxConnections: 256)
        let providers = [("first", first.url), ("second", second.url)].map { name, url in
            var settings = ProviderSettings(.openai, name: name)
            (settings.apiKeys, settings.baseURL, settings.defaultModel) = ([Secret("sesame")], url, "tiny")
            settings.timeouts = HTTPTimeouts(within: .seconds(60))
            return OpenAIProvider(settings, client: http)
        }
        let registry = ProviderRegistry()
        for provider in providers {
            let fallback = provider.name == "first" ? ["second"] : []
            registry.register(provider, policy: ProviderPolicy(maxRetries: 1, fallback: fallback))
        }
        var serviceSettings = ServiceSettings()
        serviceSettings.resilience.backoff = RetryBackoff(base: .milliseconds(1), cap: .milliseconds(1))
        let service = LLMService(registry: registry, settings: serviceSettings)
        let bus = try await connect(nats)
        let plugin = try NATSPlugin(service, on: bus, settings: settings, log: .silent, tracer: tracers[0])
        await plugin.started()
        try await bus.flush(timeout: .seconds(10))
        let running = Task { await plugin.run() }
        let (door, client) = (try await connect(nats), try await connect(nats))
        let gateway = try HTTPGateway.start(GatewaySettings().with { $0.port = 0 }, on: door, tracer: tracers[1])
        let serving = Task { await gateway.run() }
        let stage = Stage(
            models: first.models, standIn: second.models, collector: collector, client: client, http: http,
            service: service, gateway: gateway)
        let result = await Result { try await body(stage) }
        serving.cancel()
        await serving.value
        await door.close()
        await client.close()
        service.abandon()
        await plugin.drain()
        await running.value
        await bus.close()
        await http.shutDown()
        try result.get()
    }

    private static func connect(_ server: NATSTestServer) async throws -> NATSConnection {
        try await NATSConnection.connect(NATSOptions(servers: [server.url], name: "test"), onEvent: { _ in })
    }

    /// Asks on a subject, with a place in a trace, and gives the fields of the one reply.
    @discardableResult
    func ask(
        _ json: String, on subject: String = "llm.request", traceparent: String? = nil, tracestate: String? = nil
    ) async throws -> [String: JSONValue] {
        let headers = [("traceparent", traceparent), ("tracestate", tracestate)].compactMap { name, value in
            value.map { (name: name, value: $0) }
        }
        let reply = try await client.request(
            Array(json.utf8), to: subject, headers: headers, timeout: .seconds(30))
        return JSONValue.parse(reply.payload)?.object ?? [:]
    }

    /// `POST /v1/chat/completions`.
    func chat(_ more: String = "", traceparent: String? = nil) async throws -> HTTPResponse {
        let json = #"{"model":"default","messages":[{"role":"user","content":"tell me the secret word"}]\#(more)}"#
        var headers = [(name: "Content-Type", value: "application/json")]
        if let traceparent { headers.append(("traceparent", traceparent)) }
        return try await http.send(
            HTTPRequest(
                .post, "http://127.0.0.1:\(gateway.port)/v1/chat/completions", headers: headers, body: Array(json.utf8))
        )
    }
}

/// A model server that keeps the headers of what it is asked.
final class Models: Sendable {
    private let state = Mutex((requests: [HTTPServerRequest](), answers: [Int]()))

    /// What it was asked, models and the like left out.
    var requests: [HTTPServerRequest] { state.withLock { $0.requests } }

    /// The next requests fail with these.
    func fail(_ statuses: Int...) { state.withLock { $0.answers += statuses } }

    /// Answers an HTTP request.
    func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        let status = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? 200 : state.answers.removeFirst()
        }
        guard status == 200 else { return HTTPServerResponse(status) }
        let json =
            request.path == "/embeddings"
            ? #"{"model":"tiny-embed","data":[{"index":0,"embedding":[0.5,0.5]}],"usage":{"prompt_tokens":4}}"#
            : #"""
            {"model":"tiny-2026","choices":[{"message":{"content":"the answer nobody may see"},"finish_reason":"stop"}],\#
            "usage":{"prompt_tokens":26,"completion_tokens":10}}
            """#
        return HTTPServerResponse(text: json, type: "application/json")
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body gives or throws.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
