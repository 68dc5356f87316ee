import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import TestSupport

/// A model server, the service in front of it on a real NATS server, and the gateway in front of that.
struct Stage: Sendable {
    let models: ModelServer
    let plugin: NATSPlugin
    let nats: NATSTestServer
    let gateway: HTTPGateway
    let http: HTTPClient
    /// A connection to the bus, for those who do not come by the gateway.
    let client: NATSConnection

    var url: String { "http://127.0.0.1:\(gateway.port)" }

    /// Runs the body with everything running, and ends it in order afterwards.
    static func with(
        _ settings: GatewaySettings = GatewaySettings(), time: any TimeSource = SystemTime(),
        limit: Duration = .seconds(60), _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        var settings = settings
        settings.port = 0
        let (models, gatewaySettings) = (ModelServer(), settings)
        try await withNATSServer { nats in
            try await withHTTPServer(handler: models.handle) { _, url in
                let http = HTTPClient(maxConnections: 1024)
                var providerSettings = ProviderSettings(.openai, name: "fake")
                (providerSettings.apiKeys, providerSettings.baseURL) = ([Secret("k")], url)
                providerSettings.defaultModel = "tiny"
                providerSettings.timeouts = HTTPTimeouts(within: .seconds(60))
                let provider = OpenAIProvider(providerSettings, client: http)
                let scripted = ScriptedProvider(rules: [
                    ScriptedRule(
                        "break", replies: ["Once"], failure: ProviderError(.unavailable, "the script says so"))
                ])
                let metrics = MetricsRegistry()
                let service = LLMService(
                    registry: ProviderRegistry([provider, scripted]), metrics: metrics)
                let bus = try await connect(nats)
                let plugin = try NATSPlugin(service, on: bus, log: .silent, metrics: metrics)
                await plugin.started()
                try await bus.flush(timeout: .seconds(10))
                let running = Task { await plugin.run() }
                let connection = try await connect(nats)
                let gateway = try HTTPGateway.start(gatewaySettings, on: connection, time: time, metrics: metrics)
                let serving = Task { await gateway.run() }
                let stage = Stage(
                    models: models, plugin: plugin, nats: nats, gateway: gateway, http: http, client: connection)
                let result = await Result { try await withTimeout(limit) { try await body(stage) } }
                serving.cancel()
                await serving.value
                await connection.close()
                service.abandon()
                await plugin.drain()
                await running.value
                await bus.close()
                await http.shutDown()
                try result.get()
            }
        }
    }

    private static func connect(_ server: NATSTestServer) async throws -> NATSConnection {
        var options = NATSOptions(servers: [server.url], name: "test")
        options.reconnectWait = .milliseconds(20)
        options.reconnectJitter = .milliseconds(10)
        return try await NATSConnection.connect(options, onEvent: { _ in })
    }

    /// Sends a JSON text to a path, and gives what comes back.
    func post(
        _ path: String, _ json: String, headers: [(name: String, value: String)] = []
    ) async throws -> Got {
        let headers = headers.contains { $0.name == "Content-Type" } ? headers : headers + [Self.json]
        return Got(
            try await http.send(HTTPRequest(.post, url + path, headers: headers, body: Array(json.utf8))))
    }

    func get(_ path: String, headers: [(name: String, value: String)] = []) async throws -> Got {
        Got(try await http.send(HTTPRequest(.get, url + path, headers: headers)))
    }

    /// Asks for a whole answer.
    func chat(_ question: String, _ more: String = "") async throws -> Got {
        try await post("/v1/chat/completions", Self.request(question, more))
    }

    /// Asks for an answer in pieces.
    func stream(_ question: String, _ more: String = "") async throws -> HTTPStreamingResponse {
        try await http.stream(
            HTTPRequest(
                .post, url + "/v1/chat/completions", headers: [Self.json],
                body: Array(Self.request(question, #","stream":true"# + more).utf8)))
    }

    static func request(_ question: String, _ more: String = "") -> String {
        #"{"model":"default","messages":[{"role":"user","content":"\#(question)"}]\#(more)}"#
    }

    private static let json = (name: "Content-Type", value: "application/json")
}

/// What came back.
struct Got: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let text: String
    let value: JSONValue?

    init(_ response: HTTPResponse) {
        (status, headers) = (response.status, response.headers)
        text = String(decoding: response.body, as: UTF8.self)
        value = JSONValue.parse(response.body)
    }

    /// The value at a path of keys and indices.
    subscript(path: String...) -> JSONValue? { value?.at(path) }

    var error: JSONValue? { self["error"] }
}

extension JSONValue {
    /// The value at a path of keys and indices.
    func at(_ path: [String]) -> JSONValue? {
        path.reduce(self) { value, key in
            switch value {
            case .object(let fields)?: fields[key]
            case .array(let items)?: Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }
}

/// The `data:` of server-sent events.
struct Events {
    /// As they came, `[DONE]` included.
    let texts: [String]

    init(_ text: String) {
        texts = text.split(separator: "\n\n").map { $0.hasPrefix("data: ") ? String($0.dropFirst(6)) : "?\($0)" }
    }

    var values: [JSONValue] { texts.compactMap { JSONValue.parse(Array($0.utf8)) } }

    /// What the pieces say together.
    var content: String { values.compactMap { $0.at(["choices", "0", "delta", "content"])?.string }.joined() }
}
