import BusProtocol
import JSON
import LLMService
import NATSClient
import NATSPlugin
import ServiceRuntime
import TestSupport
import Testing

@Suite("What else the service does on the bus")
struct WorkTests {
    @Test("makes vectors of texts")
    func embed() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            let many = try await stage.ask(
                #"{"action":"embed","input":["one","three"],"model":"tiny","channel_id":"c","request_id":"r"}"#)
            #expect(try await answers.next().bytes == many.bytes)
            #expect(many["action"] == "embed")
            #expect(many.content == "")
            #expect(many.channel == "c")
            #expect(many.id == "r")
            #expect(many["provider"] == "ollama")
            #expect(many["model"] == "tiny")
            #expect(many.fields["dimensions"] == .integer(2))
            #expect(
                many.fields["embeddings"]
                    == .array([.array([.number(3.5), .integer(0)]), .array([.number(5.5), .integer(1)])]))
            #expect(many.fields["usage"]?.object?["prompt_tokens"] == .integer(7))
            #expect(many.fields["cached"] == .bool(false))
            #expect(stage.ollama.calls.last?.path == "/api/embed")
            let one = try await stage.ask(#"{"action":"embed","input":"one"}"#)
            #expect(one.fields["embeddings"] == .array([.array([.number(3.5), .integer(0)])]))
            let none = try await stage.ask(#"{"action":"embed","input":["a",""]}"#)
            #expect(none.error == "input[1]: expected a non-empty string, got an empty string")
            // A provider without vectors says so.
            let refused = try await stage.ask(#"{"action":"embed","input":"a","provider":"scripted"}"#)
            #expect(refused.error?.contains("makes no embeddings") == true)
            #expect(refused.fields["attempts"] == .integer(1))
        }
    }

    @Test("summarises texts")
    func summarize() async throws {
        try await Stage.with { stage in
            let answers = try await stage.listen("llm.response")
            let reply = try await stage.ask(
                #"{"action":"summarize","text":"much","style":"bullets","channel_id":"c","request_id":"r"}"#)
            #expect(try await answers.next().bytes == reply.bytes)
            #expect(reply["action"] == "summarize")
            #expect(reply.content?.contains("Summarize as bullet points,") == true)
            #expect(reply.content?.contains(">\nmuch\n</") == true)
            #expect(reply.channel == "c")
            #expect(reply.fields["context"] == .null)
            #expect(stage.ollama.calls.last?.temperature == 0.3)
            let refused = try await stage.ask(#"{"action":"summarize","text":"much","style":"haiku"}"#)
            #expect(refused.error == #"style: expected concise, detailed or bullets, got "haiku""#)
        }
    }

    @Test("says that vectors are larger than the bus takes")
    func largeVectors() async throws {
        try await Stage.with(configuration: "max_payload: 2500") { stage in
            let texts = Array(repeating: #""a""#, count: 250).joined(separator: ",")
            let reply = try await stage.ask(#"{"action":"embed","input":[\#(texts)]}"#)
            #expect(reply.code == "answer_too_large")
        }
    }

    @Test("tells how it does, and does not wait behind answers for it")
    func status() async throws {
        let limits = QueueLimits(running: 1)
        let settings = PluginSettings(version: "9.8.7", instance: "00c0ffee")
        try await Stage.with(ServiceSettings(queue: limits), plugin: settings) { stage in
            let gate = Gate()
            stage.ollama.when("slow", .wait(gate, "done"))
            _ = try await stage.ask(#"{"action":"complete","message":"first"}"#)
            let answers = try await stage.listen("llm.response")
            try stage.send(#"{"action":"complete","message":"slow"}"#)
            try stage.send(#"{"action":"complete","message":"next"}"#)
            try await stage.ollama.waitForCalls(with: "slow")
            let status = try await stage.ask(#"{"action":"status","request_id":"r"}"#)
            #expect(try await answers.next().bytes == status.bytes)
            #expect(status["type"] == "llm_response")
            #expect(status["action"] == "status")
            #expect(status.content?.hasPrefix("ollama: available, breaker closed, mean latency ") == true)
            #expect(status.content?.hasSuffix("\nscripted: available, breaker closed, no answer yet") == true)
            #expect(status.fields["healthy"] == .bool(true))
            #expect(status["provider"] == "ollama")
            #expect(status["model"] == "llama3.2")
            #expect(status["version"] == "9.8.7")
            #expect(status["instance"] == "00c0ffee")
            #expect(status.fields["running"] == .integer(1))
            #expect(status.fields["waiting"] == .integer(1))
            guard case .integer(0..<60)? = status.fields["uptime_seconds"],
                case .array(let providers)? = status.fields["providers"]
            else { throw TimedOut() }
            #expect(providers.map { $0.object?["name"] } == [.string("ollama"), .string("scripted")])
            let ollama = providers.first?.object ?? [:]
            #expect(ollama["available"] == .bool(true))
            #expect(ollama["breaker"] == .string("closed"))
            #expect(ollama["succeeded"] == .integer(1))
            #expect(ollama["failed"] == .integer(0))
            #expect(ollama["latency_ms"] != .null)
            let scripted = providers.last?.object ?? [:]
            #expect(scripted["latency_ms"] == .null)
            #expect(scripted["ttft_ms"] == .null)
            #expect(scripted["tokens_per_s"] == .null)
            gate.open()
            #expect(try await answers.take(2).map(\.content) == ["done", "echo: next"])
        }
    }

    @Test("shows pictures to a model, and takes no more than is set", arguments: ["chat", "complete"])
    func images(action: String) async throws {
        let png = "iVBORw0KGgo="
        try await Stage.with(plugin: PluginSettings(limits: RequestLimits(images: 2))) { stage in
            func ask(_ images: String) async throws -> Reply {
                try await stage.ask(#"{"action":"\#(action)","channel_id":"c","message":"m","images":[\#(images)]}"#)
            }
            #expect(try await ask(#""data:image/png;base64,\#(png)","\#(png)""#).content == "echo: m")
            #expect(stage.ollama.calls.last?.images == [png, png])
            #expect(try await ask(#""\#(png)","\#(png)","\#(png)""#).code == "too_large")
            let foul = try await ask(#""nonsense""#)
            #expect(foul.code == "invalid_request")
            #expect(foul.error?.hasPrefix("images[0]: expected a data URL") == true)
            #expect(!foul.description.contains("nonsense"))
            // Ollama fetches none.
            #expect(try await ask(#""http://127.0.0.1/a.png""#).error?.contains("as data only") == true)
            #expect(stage.ollama.calls.count == 1)
            // They belong to one message, not to the conversation.
            _ = try await stage.ask(#"{"action":"\#(action)","channel_id":"c","message":"n"}"#)
            #expect(stage.ollama.calls.last?.images == [])
        }
    }

    @Test("asks for JSON, and answers with it")
    func format() async throws {
        try await Stage.with { stage in
            let schema = #"{"type":"object","properties":{"a":{"type":"integer"}}}"#
            stage.ollama.when("give", .answer("```json\n{\"a\": 1}\n```"))
            for (format, sent) in [
                (#""json""#, #""json""#), (#"{"type":"json_object"}"#, #""json""#), (schema, schema),
                (#"{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema)}}"#, schema),
            ] {
                let reply = try await stage.ask(
                    #"{"action":"chat","channel_id":"c","message":"give","response_format":\#(format)}"#)
                #expect(reply.content == #"{"a": 1}"#)
                #expect(stage.ollama.calls.last?.format == JSONValue.parse(Array(sent.utf8)))
            }
            // Streamed, it comes when it is known to be JSON.
            var all: [Reply] = []
            let replies = try stage.stream(
                #"{"action":"complete","message":"give","response_format":"json","stream":true}"#)
            for try await message in replies { all.append(Reply(message)) }
            #expect(all.map(\.content) == [#"{"a": 1}"#, #"{"a": 1}"#])
            let wrong = try await stage.ask(#"{"action":"complete","message":"give","response_format":"xml"}"#)
            #expect(wrong.error == #"response_format: expected "json" or a JSON Schema object, got "xml""#)
        }
    }
}
