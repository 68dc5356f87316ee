import Conversations
import JSON
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService
@testable import NATSPlugin

@Suite("The reply to a call")
struct CallReplyTests {
    private static let registry = ProviderRegistry([
        ScriptedProvider(), OllamaProvider(name: "box"), OpenAIProvider(apiKey: "k"),
        OpenRouterProvider(name: "router", apiKey: "k"),
    ])

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func answer() -> Answer {
        var answer = Answer(
            content: "yes", requestID: "r", provider: "box", model: "m", finishReason: .stop, latency: .seconds(1),
            attempts: 1)
        answer.usage = TokenUsage(promptTokens: 3, completionTokens: 4)
        return answer
    }

    @Test(
        "names a provider as the old plugin did",
        arguments: [
            ("box", "OllamaProvider"), ("openai", "OpenAIProvider"), ("router", "OpenRouterProvider"),
            ("scripted", "ScriptedProvider"), ("gone", "gone"),
        ])
    func names(name: String, old: String) { #expect(Self.registry.oldName(of: name) == old) }

    @Test("has an answer in all its fields", arguments: [Call.chat, .complete])
    func answered(call: Call) {
        let bytes = CallReply(call: call, registry: Self.registry).answer(answer())
        #expect(
            text(bytes) == #"{"success":true,"content":"yes","tokens_used":7,"provider":"OllamaProvider","model":"m","#
                + #""usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},"finish_reason":"stop","#
                + #""request_id":"r","error":null}"#)
    }

    @Test("has a summary under its own name")
    func summary() {
        let bytes = CallReply(call: .summarize, registry: Self.registry).answer(answer())
        #expect(text(bytes) == #"{"success":true,"summary":"yes","error":null}"#)
    }

    @Test(
        "has a failure in all fields of a success",
        arguments: [
            (
                Call.chat,
                #""content":null,"provider":null,"model":null,"usage":null,"finish_reason":null,"tokens_used":0,"#,
                #","request_id":"i""#
            ), (.summarize, #""summary":null,"#, ""), (.personaSet, #""persona":null,"available":null,"#, ""),
            (.memoryAdd, #""memories":null,"memory_id":null,"count":0,"#, ""), (.models, #""models":null,"#, ""),
            (nil, "", ""),
        ] as [(Call?, String, String)])
    func failed(call: Call?, fields: String, last: String) {
        let error = LLMError(.notFound, "no")
        let echo = Echo(requestID: "i")
        let bytes = CallReply(call: call, registry: Self.registry).failure(error, text: "No.", to: echo)
        #expect(text(bytes) == #"{"success":false,\#(fields)"error":"No.","code":"not_found"\#(last)}"#)
    }

    @Test("to every call is a failure that says so", arguments: Call.allCases)
    func everyCall(call: Call) {
        let bytes = CallReply(call: call, registry: Self.registry).failure(
            LLMError(.busy, "full"), text: "full", to: Echo(requestID: "i"))
        let fields = JSONValue.parse(bytes)?.object ?? [:]
        #expect(fields["success"] == .bool(false))
        #expect(fields["code"] == .string("busy"))
        #expect(call.fields.allSatisfy { fields[$0] == .null })
        #expect(Call(subject: "rosey.llm.\(call.rawValue)") == call)
    }

    @Test("has memories as texts")
    func memories() throws {
        let reply = CallReply(call: .memoryAdd, registry: Self.registry)
        let memory = try #require(Memory(id: "3f9a01c2", "tea", created: Timestamp(milliseconds: 0)))
        #expect(
            text(reply.memories(memory.id, [memory]))
                == #"{"success":true,"memories":["tea"],"count":1,"memory_id":"3f9a01c2","error":null}"#)
        #expect(
            text(reply.memories(nil, []))
                == #"{"success":true,"memories":[],"count":0,"memory_id":null,"error":null}"#)
    }

    @Test("has personas and models")
    func lists() {
        let reply = CallReply(call: .personaList, registry: Self.registry)
        #expect(
            text(reply.persona(nil, available: ["a", "b"]))
                == #"{"success":true,"persona":null,"available":["a","b"],"error":null}"#)
        #expect(
            text(reply.models([ModelListing(id: "m", provider: "box")]))
                == #"{"success":true,"models":[{"id":"m","provider":"box"}],"error":null}"#)
    }
}
