import Conversations
import JSON
import LLMService
import NATSClient
import NATSPlugin
import ServiceRuntime
import TestSupport
import Testing

@Suite("What is told of the service on the bus")
struct EventTests {
    @Test("is each answer, whichever way its request came in")
    func answers() async throws {
        try await Stage.with { stage in
            let events = try await stage.listen("rosey.event.llm.>")
            _ = try await stage.type("hi")
            _ = try await stage.ask(#"{"action":"chat","channel_id":"b","message":"hallo","username":"bob"}"#)
            _ = try await stage.ask(#"{"action":"complete","message":"four"}"#)
            _ = try await stage.call("chat", #"{"channel":"c","user":"eve","message":"ho","persona":"creative"}"#)
            _ = try await stage.call("summarize", #"{"text":"text"}"#)
            let heard = try await events.take(5)
            #expect(heard.allSatisfy { $0.subject == "rosey.event.llm.response" })
            #expect(heard.map { $0["channel"] } == ["lobby", "b", nil, "c", nil])
            #expect(heard.map { $0["user"] } == ["alice", "bob", nil, "eve", nil])
            #expect(heard.map { $0.fields["prompt_length"] } == [2, 5, 4, 2, 4].map(JSONValue.integer))
            #expect(heard.map { $0["persona"] } == ["default", "default", nil, "creative", nil])
            #expect(heard.allSatisfy { $0["provider"] == "OllamaProvider" })
            #expect(heard.allSatisfy { $0.fields["tokens_used"] == .integer(36) })
            #expect(heard[0].fields["response_length"] == .integer("echo: alice: hi".count))
            #expect(
                Set(heard[2].fields.keys) == [
                    "channel", "user", "prompt_length", "response_length", "tokens_used", "provider", "latency_ms",
                    "persona",
                ])
            // Nothing of what was said.
            #expect(!heard.contains { $0.description.contains("hallo") })
        }
    }

    @Test("is each failure, also of what was never a request")
    func failures() async throws {
        try await Stage.with { stage in
            stage.ollama.when("m", .fail(500, "the body"))
            let events = try await stage.listen("rosey.event.llm.error")
            _ = try await stage.type("m")
            _ = try await stage.ask(#"{"action":"chat","channel_id":"d","message":"x","provider":"none"}"#)
            _ = try await stage.type("persona pirate")
            _ = try await stage.ask(#"{"action":"chat","channel_id":"b","message":"","username":"bob"}"#)
            _ = try await stage.ask(Array("{".utf8), on: "llm.request")
            _ = try await stage.call("chat", #"{"channel":"c","user":"eve"}"#)
            _ = try await stage.call("complete", "")
            let heard = try await events.take(7)
            #expect(heard.map { $0["channel"] } == ["lobby", "d", "lobby", "b", nil, "c", nil])
            #expect(heard.map { $0["user"] } == ["alice", nil, "alice", "bob", nil, "eve", nil])
            #expect(
                heard.map { $0["error_type"] } == ["provider_error"] + Array(repeating: "validation", count: 6))
            #expect(heard.map { $0["provider"] } == ["OllamaProvider", nil, nil, nil, nil, nil, nil])
            #expect(heard[0].error == "the language model is not available right now")
            #expect(heard[2].error?.hasPrefix("Unknown persona 'pirate'.") == true)
        }
    }

    @Test("is a summary; and it is in the next prompt")
    func summarized() async throws {
        var settings = ServiceSettings(maxContextMessages: 3)
        settings.context.summarizeAfter = 2
        try await Stage.with(settings) { stage in
            stage.ollama.when("Notes so far", .answer("They count."))
            let events = try await stage.listen("rosey.event.llm.summarized")
            for word in ["one", "two", "three"] { _ = try await stage.type(word) }
            let event = try await events.next()
            #expect(
                event.fields
                    == ["channel": .string("lobby"), "message_count": .integer(4), "summary_length": .integer(11)])
            let answer = try await stage.type("four")
            #expect(stage.ollama.calls.last?.system.hasSuffix("They count.") == true)
            #expect(stage.ollama.calls.last?.messages.count == 4)
            #expect(answer.fields["context"]?.object?["dropped"] == .integer(4))
            _ = try await stage.type("reset")
            _ = try await stage.type("five")
            #expect(stage.ollama.calls.last?.system.contains("They count.") == false)
        }
    }
}
