import BusProtocol
import FoundationEssentials
import HTTPServing
import HTTPTransport
import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

/// A bus with the service on it, a model server behind it, and a client of its own.
struct Stage: Sendable {
    let client: NATSConnection
    let ollama: FakeOllama
    let service: LLMService
    let plugin: NATSPlugin
    let server: NATSTestServer
    let log: Lines

    /// Runs the body with everything running, and ends it in order afterwards.
    static func with(
        _ settings: ServiceSettings = ServiceSettings(), plugin pluginSettings: PluginSettings = PluginSettings(),
        configuration: String? = nil, providers: [any Provider] = [], stores: ServiceStores? = nil,
        time: any TimeSource = SystemTime(), _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let ollama = FakeOllama()
        try await withNATSServer(configuration: configuration) { server in
            try await withHTTPServer(handler: ollama.handle) { _, url in
                try await withInstance(server, url, settings, pluginSettings, providers, stores, time: time) {
                    service, plugin, log in
                    let client = try await connect(server)
                    let stage = Stage(
                        client: client, ollama: ollama, service: service, plugin: plugin, server: server, log: log)
                    let result = await Result { try await withTimeout(.seconds(60)) { try await body(stage) } }
                    await client.close()
                    try result.get()
                }
            }
        }
    }

    /// Runs the body with one instance of the service.
    static func withInstance(
        _ server: NATSTestServer, _ url: String, _ settings: ServiceSettings = ServiceSettings(),
        _ pluginSettings: PluginSettings = PluginSettings(), _ others: [any Provider] = [],
        _ stores: ServiceStores? = nil, time: any TimeSource = SystemTime(),
        _ body: (LLMService, NATSPlugin, Lines) async throws -> Void
    ) async throws {
        var ollama = ProviderSettings(.ollama)
        ollama.baseURL = url
        ollama.timeouts = HTTPTimeouts(within: .seconds(60))
        let http = HTTPClient(maxConnections: 256)
        let provider = OllamaProvider(ollama, client: http)
        // It streams, as the other does not.
        let scripted = ScriptedProvider(rules: [
            ScriptedRule("story", replies: ["Once upon a time 👩‍👩‍👧‍👦 lived"], chunkSize: 3),
            ScriptedRule(
                "break", replies: ["Once upon"], chunkSize: 3,
                failure: ProviderError(.unavailable, "the script says that this fails")),
        ])
        let service = LLMService(
            registry: ProviderRegistry([provider, scripted] + others), settings: settings, stores: stores)
        let connection = try await connect(server)
        let log = Lines()
        let plugin = try NATSPlugin(
            service, on: connection, settings: pluginSettings, log: Log(level: .debug, write: log.write), time: time)
        await plugin.started()
        try await connection.flush(timeout: .seconds(5))
        let running = Task { await plugin.run() }
        let result = await Result { try await body(service, plugin, log) }
        service.abandon()
        await plugin.drain()
        await running.value
        await connection.close()
        await http.shutDown()
        try result.get()
    }

    static func connect(_ server: NATSTestServer) async throws -> NATSConnection {
        var options = NATSOptions(servers: [server.url], name: "test")
        options.reconnectWait = .milliseconds(20)
        options.reconnectJitter = .milliseconds(10)
        return try await NATSConnection.connect(options, onEvent: { _ in })
    }

    /// Asks on `llm.request`, and gives the one reply.
    func ask(_ json: String) async throws -> Reply { try await ask(Array(json.utf8), on: Subjects.request) }

    /// Asks on `llm.request`; gives the replies as they come, until the empty one.
    func stream(_ json: String) throws -> NATSReplies {
        try client.requestMany(Array(json.utf8), to: Subjects.request, idleTimeout: .seconds(30))
    }

    /// Types after `!chat`, and gives the one reply.
    func type(_ words: String, in channel: String = "lobby", as user: String = "alice") async throws -> Reply {
        try await ask(Array(Self.command(words, in: channel, as: user).utf8), on: Subjects.command)
    }

    /// Asks, and gives the one reply.
    func ask(_ bytes: [UInt8], on subject: String) async throws -> Reply {
        Reply(try await client.request(bytes, to: subject, timeout: .seconds(30)))
    }

    /// Publishes on `llm.request`.
    func send(_ json: String, reply: String? = nil) throws {
        try client.publish(Array(json.utf8), to: Subjects.request, reply: reply)
    }

    /// The JSON of a `!chat`.
    static func command(_ words: String, in channel: String, as user: String = "alice", id: String? = nil) -> String {
        let bytes = JSONWriter.object { writer in
            writer.field("command", "chat")
            writer.field("args") { $0.strings(words.split(separator: " ").map(String.init)) }
            writer.field("channel_id", channel)
            writer.field("username", user)
            if let id { writer.field("request_id", id) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Listens; everything published afterwards by this client is heard.
    func listen(_ subject: String) async throws -> Ear {
        let subscription = try client.subscribe(subject)
        try await client.flush(timeout: .seconds(5))
        return Ear(subscription)
    }
}

/// An answer, read.
struct Reply: Sendable, CustomStringConvertible {
    let subject: String
    let bytes: [UInt8]
    let headers: NATSHeaders
    let fields: [String: JSONValue]

    init(_ message: NATSMessage) {
        subject = message.subject
        bytes = Array(message.payload)
        headers = message.headers
        fields = JSONValue.parse(message.payload)?.object ?? [:]
    }

    subscript(key: String) -> String? { fields[key]?.string }
    var content: String? { self["content"] }
    var error: String? { self["error"] }
    var code: String? { self["code"] }
    var channel: String? { self["channel_id"] }
    var id: String? { self["request_id"] }
    var description: String { String(decoding: bytes.prefix(500), as: UTF8.self) }
}

/// Hears what is published on a subject, message by message.
final class Ear: Sendable {
    private let stream: AsyncStream<Reply>
    private let task: Task<Void, Never>

    init(_ subscription: NATSSubscription) {
        let (stream, continuation) = AsyncStream.makeStream(of: Reply.self)
        self.stream = stream
        task = Task {
            for await message in subscription { continuation.yield(Reply(message)) }
            continuation.finish()
        }
    }

    deinit { task.cancel() }

    /// The next message.
    func next() async throws -> Reply { try await take(1)[0] }

    /// The next so many messages.
    func take(_ count: Int) async throws -> [Reply] {
        try await withTimeout { [stream] in
            var replies: [Reply] = []
            for await reply in stream {
                replies.append(reply)
                if replies.count == count { return replies }
            }
            throw TimedOut()
        }
    }
}

/// What was logged.
final class Lines: Sendable {
    private let text = Mutex("")

    var all: String { text.withLock { $0 } }
    var write: @Sendable ([UInt8]) -> Void {
        { bytes in self.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
    }
}
