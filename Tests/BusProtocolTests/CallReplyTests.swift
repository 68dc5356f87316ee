import Conversations
import JSON
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService
@testable import BusProtocol

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

    @Test("has an answer in all its fields", arguments: [LLMCall.Name.chat, .complete])
    func answered(call: LLMCall.Name) {
        let bytes = CallReply(to: call, registry: Self.registry).encode(answer())
        #expect(
            text(bytes) == #"{"success":true,"content":"yes","tokens_used":7,"provider":"OllamaProvider","model":"m","#
                + #""usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},"finish_reason":"stop","#
                + #""request_id":"r","error":null}"#)
    }

    @Test("has a summary under its own name")
    func summary() {
        let bytes = CallReply(to: .summarize, registry: Self.registry).encode(answer())
        #expect(text(bytes) == #"{"success":true,"summary":"yes","error":null}"#)
    }

    @Test(
        "has a failure in all fields of a success",
        arguments: [
            (
                LLMCall.Name.chat,
                #""content":null,"provider":null,"model":null,"usage":null,"finish_reason":null,"tokens_used":0,"#,
                #","request_id":"i""#
            ), (.summarize, #""summary":null,"#, ""), (.personaSet, #""persona":null,"available":null,"#, ""),
            (.memoryAdd, #""memories":null,"memory_id":null,"count":0,"#, ""), (.models, #""models":null,"#, ""),
            (nil, "", ""),
        ] as [(LLMCall.Name?, String, String)])
    func failed(call: LLMCall.Name?, fields: String, last: String) {
        let error = LLMError(.notFound, "no")
        let bytes = CallReply(to: call, registry: Self.registry).encode(error, text: "No.", requestID: "i")
        #expect(text(bytes) == #"{"success":false,\#(fields)"error":"No.","code":"not_found"\#(last)}"#)
    }

    @Test("to every call is a failure that says so", arguments: LLMCall.Name.allCases)
    func everyCall(call: LLMCall.Name) {
        let bytes = CallReply(to: call, registry: Self.registry).encode(
            LLMError(.busy, "full"), text: "full", requestID: "i")
        let fields = JSONValue.parse(bytes)?.object ?? [:]
        #expect(fields["success"] == .bool(false))
        #expect(fields["code"] == .string("busy"))
        #expect(call.fields.nullable.allSatisfy { fields[$0] == .null })
        #expect(LLMCall.Name(subject: "rosey.llm.\(call.rawValue)") == call)
    }

    @Test("has memories as texts")
    func memories() throws {
        let reply = CallReply(to: .memoryAdd, registry: Self.registry)
        let memory = try #require(Memory(id: "3f9a01c2", "tea", created: Timestamp(milliseconds: 0)))
        #expect(
            text(reply.encode([memory], id: memory.id))
                == #"{"success":true,"memories":["tea"],"count":1,"memory_id":"3f9a01c2","error":null}"#)
        #expect(
            text(reply.encode([], id: nil))
                == #"{"success":true,"memories":[],"count":0,"memory_id":null,"error":null}"#)
    }

    @Test("has personas and models")
    func lists() {
        let reply = CallReply(to: .personaList, registry: Self.registry)
        #expect(
            text(reply.encode(persona: nil, available: ["a", "b"]))
                == #"{"success":true,"persona":null,"available":["a","b"],"error":null}"#)
        #expect(
            text(reply.encode([ModelListing(id: "m", provider: "box")]))
                == #"{"success":true,"models":[{"id":"m","provider":"box"}],"error":null}"#)
    }
}
