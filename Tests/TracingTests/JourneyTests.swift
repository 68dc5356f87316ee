import HTTPServing
import HTTPTransport
import JSON
import NATSClient
import NATSPlugin
import Observability
import Settings
import TestSupport
import Testing
import TraceTestSupport

/// A request's way from whoever asks to the model and back, as its trace tells it.
@Suite struct JourneyTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parentID = "00f067aa0ba902b7"
    private static let traceparent = "00-\(traceID)-\(parentID)-01"

    private static func complete(_ more: String = "") -> String {
        #"{"action":"complete","message":"tell me the secret word","request_id":"r-1"\#(more)}"#
    }

    /// Each way in.
    @Test(arguments: [
        ("rosey.command.chat", #"{"command":"chat","args":"what is the secret word","channel_id":"lobby"}"#),
        ("llm.request", complete()),
        ("rosey.llm.chat", #"{"channel":"lobby","user":"alice","message":"tell me the secret word"}"#),
    ])
    func aMessage(subject: String, json: String) async throws {
        try await Stage.with { stage in
            let reply = try await stage.client.request(
                Array(json.utf8), to: subject,
                headers: [("traceparent", Self.traceparent), ("tracestate", "rojo=1")], timeout: .seconds(30))
            #expect(reply.headers["traceparent"] == nil)
            let spans = try await stage.collector.spans(2)
            #expect(spans.count == 2)
            let consumer = try #require(spans.first { $0.kind == 5 })
            let client = try #require(spans.first { $0.kind == 3 })
            #expect(spans.allSatisfy { $0.traceID == Self.traceID && $0.state == "rojo=1" })
            #expect(consumer.name == "process \(subject)")
            #expect(consumer.parent == Self.parentID)
            #expect(consumer.flags == 0x301)
            #expect(consumer["messaging.system"] == .string("nats"))
            #expect(consumer["messaging.operation.type"] == .string("process"))
            #expect(consumer["messaging.destination.name"] == .string(subject))
            #expect(consumer.events.map(\.name) == ["rosey_llm.turn"])
            #expect(consumer.status == nil)
            #expect(client.name == "chat tiny")
            #expect(client.parent == consumer.spanID)
            #expect(client.flags == 0x101)
            #expect(client["gen_ai.operation.name"] == .string("chat"))
            #expect(client["gen_ai.provider.name"] == .string("first"))
            #expect(client["gen_ai.request.model"] == .string("tiny"))
            #expect(client["gen_ai.response.model"] == .string("tiny-2026"))
            #expect(client["gen_ai.usage.input_tokens"] == .integer(26))
            #expect(client["gen_ai.usage.output_tokens"] == .integer(10))
            #expect(client["gen_ai.response.finish_reasons"] == .array([.string("stop")]))
            #expect(client["server.address"] == .string("127.0.0.1"))
            #expect(client["server.port"] != nil)
            #expect(client["rosey_llm.attempt"] == .integer(1))
            #expect(consumer.start <= client.start && client.end <= consumer.end)
            // The model server is told of the span that asks it.
            let asked = try #require(stage.models.requests.first)
            #expect(asked.header("traceparent") == "00-\(Self.traceID)-\(client.spanID)-01")
            #expect(asked.header("tracestate") == "rojo=1")
            #expect(stage.collector.faults == [])
        }
    }

    @Test func withoutAPlaceATraceBegins() async throws {
        try await Stage.with { stage in
            try await stage.ask(Self.complete())
            try await stage.ask(Self.complete(#","model":"second/small""#).replacing("r-1", with: "r-2"))
            let spans = try await stage.collector.spans(4)
            let roots = spans.filter { $0.parent == nil }
            #expect(roots.count == 2)
            #expect(Set(spans.map(\.traceID)).count == 2)
            #expect(roots.allSatisfy { $0.kind == 5 && $0.flags == 0x103 })
            #expect(
                roots.map { $0["messaging.message.conversation_id"] } == [.string("r-1"), .string("r-2")])
            #expect(spans.contains { $0.name == "chat small" && $0["gen_ai.provider.name"] == .string("second") })
        }
    }

    /// Each try has a span of its own: one again at the same provider, and then at another.
    @Test func triesAndFallback() async throws {
        try await Stage.with { stage in
            stage.models.fail(503, 503)
            let answer = try await stage.ask(Self.complete(), traceparent: Self.traceparent)
            #expect(answer["provider"] == .string("second"))
            let spans = try await stage.collector.spans(4)
            let consumer = try #require(spans.first { $0.kind == 5 })
            let tries = spans.filter { $0.kind == 3 }.sorted { $0.start < $1.start }
            #expect(tries.count == 3)
            #expect(tries.allSatisfy { $0.parent == consumer.spanID })
            #expect(tries.map { $0["rosey_llm.attempt"] } == [.integer(1), .integer(2), .integer(3)])
            #expect(
                tries.map { $0["gen_ai.provider.name"] } == [.string("first"), .string("first"), .string("second")])
            #expect(tries.map { $0.status?.code } == [2, 2, nil])
            #expect(tries.map { $0.status?.message } == ["provider_unavailable", "provider_unavailable", nil])
            #expect(
                tries.map { $0["error.type"] }
                    == [.string("provider_unavailable"), .string("provider_unavailable"), nil])
            #expect(tries[0]["http.response.status_code"] == .integer(503))
            #expect(consumer.status == nil)
            let told = (stage.models.requests + stage.standIn.requests).map { $0.header("traceparent") }
            #expect(told == tries.map { "00-\(Self.traceID)-\($0.spanID)-01" })
        }
    }

    @Test(
        arguments: [
            (complete(), [401, 401, 401, 401], "provider_auth"),
            (#"{"action":"complete","message":null}"#, [], "invalid_request"),
            (#"{"action":"nonsense"}"#, [], "unknown_action"),
            (complete(#","model":"nobody/x","provider":"nobody""#), [], "unknown_provider"),
            ("[]", [], "invalid_json"),
        ] as [(String, [Int], String)])
    func failures(json: String, statuses: [Int], code: String) async throws {
        try await Stage.with { stage in
            for status in statuses {
                stage.models.fail(status)
                stage.standIn.fail(status)
            }
            let answer = try await stage.ask(json, traceparent: Self.traceparent)
            #expect(answer["code"] == .string(code))
            let consumer = try await asking { stage.collector.spans.first { $0.kind == 5 } }
            #expect(consumer.status?.code == 2)
            #expect(consumer.status?.message == code)
            #expect(consumer["error.type"] == .string(code))
        }
    }

    /// From a browser's request to the model, one trace, whoever sends its spans.
    @Test(arguments: ["", #","stream":true"#])
    func throughTheGateway(more: String) async throws {
        try await Stage.with { stage in
            let response = try await stage.chat(more, traceparent: Self.traceparent)
            #expect(response.status == 200)
            let spans = try await stage.collector.spans(3)
            #expect(spans.count == 3)
            #expect(spans.allSatisfy { $0.traceID == Self.traceID })
            let server = try #require(spans.first { $0.kind == 2 })
            let consumer = try #require(spans.first { $0.kind == 5 })
            let client = try #require(spans.first { $0.kind == 3 })
            #expect(server.name == "POST /v1/chat/completions")
            #expect(server.parent == Self.parentID)
            #expect(server["http.response.status_code"] == .integer(200))
            #expect(server["http.route"] == .string("/v1/chat/completions"))
            #expect(server.resource["service.name"] == .string("gateway"))
            #expect(consumer.parent == server.spanID)
            #expect(consumer.resource["service.name"] == .string("service"))
            #expect(client.parent == consumer.spanID)
            #expect(stage.models.requests.first?.header("traceparent") == "00-\(Self.traceID)-\(client.spanID)-01")
        }
    }

    @Test(arguments: ["", #","stream":true"#])
    func aFailureThroughTheGateway(more: String) async throws {
        try await Stage.with { stage in
            for _ in 0..<4 {
                stage.models.fail(401)
                stage.standIn.fail(401)
            }
            let response = try await stage.chat(more, traceparent: Self.traceparent)
            #expect(response.status == 502)
            let server = try await asking { stage.collector.spans.first { $0.kind == 2 } }
            #expect(server["http.response.status_code"] == .integer(502))
            #expect(server.status?.message == "provider_auth")
        }
    }

    @Test func vectors() async throws {
        try await Stage.with { stage in
            let json = #"{"action":"embed","input":"the secret word","model":"tiny-embed"}"#
            _ = try await stage.ask(json, traceparent: Self.traceparent)
            let spans = try await stage.collector.spans(2)
            let client = try #require(spans.first { $0.kind == 3 })
            #expect(client.name == "embeddings tiny-embed")
            #expect(client["gen_ai.operation.name"] == .string("embeddings"))
            #expect(client["gen_ai.usage.input_tokens"] == .integer(4))
            #expect(
                stage.models.requests.first?.header("traceparent") == "00-\(Self.traceID)-\(client.spanID)-01")
        }
    }

    @Test func anAgentsPrompt() async throws {
        let agent = PluginSettings(agent: AgentSettings().with { ($0.owner, $0.name) = ("crew", "deck") })
        try await Stage.with(plugin: agent) { stage in
            let replies = try stage.client.requestMany(
                Array("tell me the secret word".utf8), to: "agents.prompt.rosey.crew.deck",
                headers: [("Traceparent", Self.traceparent)], idleTimeout: .seconds(30))
            for try await reply in replies where reply.isTerminator { break }
            let spans = try await stage.collector.spans(2)
            let consumer = try #require(spans.first { $0.kind == 5 })
            #expect(consumer.name == "process agents.prompt.rosey.crew.deck")
            #expect(consumer.parent == Self.parentID)
            #expect(spans.first { $0.kind == 3 }?.parent == consumer.spanID)
        }
    }

    @Test func aJob() async throws {
        var settings = PluginSettings()
        settings.jobs = JobSettings()
        try await Stage.with(plugin: settings, jetStream: true) { stage in
            // The stream is there when the service has made it.
            let kept = try await asking {
                try? await stage.client.request(
                    Array(Self.complete().utf8), to: "llm.job", headers: [("traceparent", Self.traceparent)],
                    timeout: .seconds(10))
            }
            #expect(JSONValue.parse(kept.payload)?.object?["stream"] != nil)
            let spans = try await stage.collector.spans(2)
            let consumer = try #require(spans.first { $0.name == "process llm.job" })
            #expect(consumer.parent == Self.parentID)
            #expect(spans.first { $0.kind == 3 }?.parent == consumer.spanID)
        }
    }

    /// Neither what is said nor a key is in what is sent.
    @Test func nothingIsToldThatIsNobodysBusiness() async throws {
        try await Stage.with { stage in
            _ = try await stage.chat(traceparent: Self.traceparent)
            _ = try await stage.chat(#","stream":true"#)
            stage.models.fail(500, 500, 500)
            try await stage.ask(
                #"{"action":"chat","message":"the secret word","channel_id":"secret-room","username":"alice"}"#)
            _ = try await stage.collector.spans(9)
            let text = stage.collector.text
            for word in ["secret", "nobody may see", "sesame", "alice", "helpful"] {
                #expect(!text.contains(word), "\(word)")
            }
        }
    }

    @Test func whatIsNotSampledIsHandedOnAndNotTold() async throws {
        try await Stage.with { stage in
            let unsampled = "00-\(Self.traceID)-\(Self.parentID)-00"
            try await stage.ask(Self.complete(), traceparent: unsampled, tracestate: "rojo=1")
            #expect(stage.models.requests.first?.header("traceparent") == unsampled)
            #expect(stage.models.requests.first?.header("tracestate") == "rojo=1")
            _ = try await stage.chat(traceparent: unsampled)
            #expect(stage.models.requests.last?.header("traceparent") == unsampled)
            // One that is told comes behind them.
            try await stage.ask(Self.complete().replacing("r-1", with: "r-2"))
            let spans = try await stage.collector.spans(2)
            #expect(spans.allSatisfy { $0.traceID != Self.traceID })
        }
    }

    /// A trace that begins here, and is not recorded, is not recorded by those who are asked either.
    @Test func rootsThatAreNotRecorded() async throws {
        try await Stage.with(sampler: Sampler(.none)) { stage in
            _ = try await stage.chat()
            let told = try #require(stage.models.requests.first?.header("traceparent"))
            #expect(TraceContext(traceparent: told)?.isSampled == false)
            #expect(stage.collector.requests.isEmpty)
        }
    }

    @Test func withoutAnExporterItIsHandedOnUnchanged() async throws {
        try await Stage.with(sampler: nil) { stage in
            try await stage.ask(Self.complete(), traceparent: Self.traceparent, tracestate: "rojo=1")
            #expect(stage.models.requests[0].header("traceparent") == Self.traceparent)
            #expect(stage.models.requests[0].header("tracestate") == "rojo=1")
            _ = try await stage.chat(traceparent: Self.traceparent)
            #expect(stage.models.requests[1].header("traceparent") == Self.traceparent)
            try await stage.ask(Self.complete().replacing("r-1", with: "r-2"))
            #expect(stage.models.requests[2].header("traceparent") == nil)
            #expect(stage.collector.requests.isEmpty)
        }
    }

    @Test(arguments: ["00-0-0-01", "ff-\(traceID)-\(parentID)-01", "00-\(traceID.uppercased())-\(parentID)-01"])
    func rubbishCountsForNothing(traceparent: String) async throws {
        try await Stage.with { stage in
            try await stage.ask(Self.complete(), traceparent: traceparent, tracestate: "rojo=1")
            let spans = try await stage.collector.spans(2)
            let consumer = try #require(spans.first { $0.kind == 5 })
            #expect(consumer.parent == nil)
            #expect(consumer.traceID != Self.traceID)
            #expect(consumer.state == nil)
        }
    }
}
