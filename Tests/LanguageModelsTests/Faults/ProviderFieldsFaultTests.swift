import FoundationEssentials
import HTTPServing
import JSON
import LanguageModels
import Testing

/// TOOLS.md, section 4, line 5: what a provider needs back with its message and its calls.
@Suite("Fields that are a provider's own")
struct ProviderFieldsFaultTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        let wire: Wire
        let name: String
        let answer: String
        /// What is in the message that goes back.
        let sent: String

        var testDescription: String { "\(wire.rawValue) \(name)" }
    }

    private static let call = #""id":"c1","type":"function","function":{"name":"look","arguments":"{}""#

    private static func event(_ delta: String, reason: String = "null") -> String {
        #"{"model":"m-1","choices":[{"index":0,"delta":{\#(delta)},"finish_reason":\#(reason)}]}"#
    }

    private static func sent(_ message: String, _ call: String = "", function: String = "") -> String {
        #"{"role":"assistant","content":"","tool_calls":[{\#(Self.call)\#(function)}\#(call)}]\#(message)}"#
    }

    private static let cases =
        [Wire.openAI, .openRouter].flatMap { wire in
            [
                Case(
                    wire: wire, name: "DeepSeek, streamed",
                    answer: Chunk.stream(
                        event(#""role":"assistant","content":null,"reasoning_content":"I \ud83d""#),
                        event(#""reasoning_content":"\ude00 look""#),
                        event(#""tool_calls":[{"index":0,\#(call)}}]"#, reason: #""tool_calls""#)),
                    sent: sent(#","reasoning_content":"I \ud83d\ude00 look""#)),
                Case(
                    wire: wire, name: "DeepSeek without a thought, whole",
                    answer:
                        #"{"model":"m-1","choices":[{"message":{"role":"assistant","content":"","reasoning_content":"","tool_calls":[{\#(call)}}]},"finish_reason":"tool_calls"}]}"#,
                    sent: sent(#","reasoning_content":"""#)),
                Case(
                    wire: wire, name: "Gemini, streamed",
                    answer: Chunk.stream(
                        event(
                            #""tool_calls":[{"index":0,"extra_content":{"google":{"thought_signature":"S/+="}},\#(call)}}]"#,
                            reason: #""stop""#)),
                    sent: sent("", #","extra_content":{"google":{"thought_signature":"S/+="}}"#)),
                Case(
                    wire: wire, name: "a proxy's, in the function, whole",
                    answer:
                        #"{"model":"m-1","choices":[{"message":{"tool_calls":[{\#(call),"thought_signature":"s"}}]},"finish_reason":"tool_calls"}]}"#,
                    sent: sent("", function: #","thought_signature":"s""#)),
                Case(
                    wire: wire, name: "OpenRouter, streamed",
                    answer: Chunk.stream(
                        event(#""reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]"#),
                        event(#""reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b","index":0}]"#),
                        event(#""tool_calls":[{"index":0,\#(call)}}]"#, reason: #""tool_calls""#)),
                    sent: sent(
                        #","reasoning":"ab","reasoning_details":[{"type":"reasoning.text","text":"ab","index":0}]"#)),
            ]
        } + [
            Case(
                wire: .ollama, name: "thinking, streamed",
                answer: [
                    #"{"model":"m-1","message":{"role":"assistant","content":"","thinking":"I "},"done":false}"#,
                    #"{"model":"m-1","message":{"role":"assistant","content":"","thinking":"look"},"done":false}"#,
                    #"{"model":"m-1","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":{}}}]},"done":false}"#,
                    #"{"model":"m-1","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#,
                ].joined(separator: "\n"),
                sent:
                    #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":{}}}],"thinking":"I look"}"#
            )
        ]

    @Test("go back to the model that said them, as they were written, and to no other", arguments: cases)
    private func fields(fault: Case) async throws {
        try await withServer(200, fault.answer) { base, received in
            let provider = fault.wire.provider(base)
            let tools = ToolOffer(tools: RawJSON(.array([.object(["type": .string("function")])])))
            let question = ChatMessage(.user, "Hello")
            let answer = try await provider.complete(
                CompletionRequest(.messages([question]), model: "asked", tools: tools), deltas: nil)
            #expect(answer.finishReason == .toolCalls && answer.toolCalls.count == 1)
            let said = ChatMessage(
                .assistant, answer.content, toolCalls: answer.toolCalls, providerFields: answer.providerFields)
            for model in ["asked", "other"] {
                _ = try await provider.complete(
                    CompletionRequest(.messages([question, said]), model: model, tools: tools), deltas: nil)
            }
            let plain =
                fault.wire == .ollama
                ? #"{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":{}}}]}"#
                : Self.sent("")
            #expect(received.bodies[1].contains(fault.sent), "\(received.bodies[1])")
            #expect(received.bodies[2].contains(plain), "\(received.bodies[2])")
        }
    }

    @Test("are not kept where no tools are offered")
    func withoutTools() async throws {
        let answer = Chunk.stream(Self.event(#""reasoning_content":"I""#), Chunk.text("Hi"), Chunk.stop)
        try await withServer(200, answer) { base, _ in
            let request = CompletionRequest(.messages([ChatMessage(.user, "Hello")]))
            let completion = try await Wire.openAI.provider(base).complete(request, deltas: nil)
            #expect(completion.providerFields == nil)
        }
    }

    @Test("are left out from then on where a model refuses them")
    func refused() async throws {
        let first = Chunk.stream(
            Self.event(#""reasoning_content":"I""#),
            Self.event(#""tool_calls":[{"index":0,\#(Self.call)}}]"#, reason: #""tool_calls""#))
        try await withServer({ request in
            let body = String(decoding: request.body, as: UTF8.self)
            guard body.contains(#""reasoning_content""#) else { return HTTPServerResponse(text: first) }
            return HTTPServerResponse(
                422,
                text:
                    #"{"object":"error","message":"messages.1.assistant.reasoning_content: Extra inputs are not permitted"}"#
            )
        }) { base, received in
            let provider = Wire.openAI.provider(base)
            let tools = ToolOffer(tools: RawJSON(.array([.object(["type": .string("function")])])))
            let question = ChatMessage(.user, "Hello")
            let answer = try await provider.complete(
                CompletionRequest(.messages([question]), tools: tools), deltas: nil)
            let said = ChatMessage(.assistant, "", toolCalls: answer.toolCalls, providerFields: answer.providerFields)
            for _ in 0..<2 {
                _ = try await provider.complete(
                    CompletionRequest(.messages([question, said]), tools: tools), deltas: nil)
            }
            let sent = received.bodies.map { $0.contains(#""reasoning_content""#) }
            #expect(sent == [false, true, false, false])
        }
    }
}
