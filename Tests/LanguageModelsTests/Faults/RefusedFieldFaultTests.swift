import FoundationEssentials
import HTTPServing
import JSON
import LanguageModels
import Testing

/// PROVIDERS.md, "OpenAI": a field that a model refuses is left out, once and from then on.
@Suite("A field that a model refuses")
struct RefusedFieldFaultTests {
    @Test(
        "is left out, which is remembered for that model and no other",
        arguments: [
            (
                "temperature", #"Unsupported value: 'temperature' does not support 0.7 with this model."#,
                "unsupported_value"
            ),
            (
                "max_tokens",
                #"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."#,
                "unsupported_parameter"
            ),
            ("stream_options", "Unknown field: stream_options", "x"),
        ])
    func remembered(field: String, message: String, code: String) async throws {
        for wire in [Wire.openAI, .openRouter] {
            try await withServer({ request in
                let body = String(decoding: request.body, as: UTF8.self)
                if body.contains(#""model":"picky""#), body.contains("\"\(field)\"") {
                    let error = #"{"error":{"message":"\#(message)","param":"\#(field)","code":"\#(code)"}}"#
                    return HTTPServerResponse(400, text: error)
                }
                return HTTPServerResponse(text: Chunk.stream(Chunk.text("Hi"), Chunk.stop))
            }) { base, received in
                let provider = wire.provider(base)
                for model in ["picky", "picky", "other"] {
                    let answer = await Outcome(provider, model: model)
                    #expect(answer.text == "Hi")
                }
                let sent = received.bodies.map { $0.contains("\"\(field)\"") }
                #expect(sent == [true, false, false, true])
                let others = ["temperature", "stream_options", "tokens\""].filter { !field.contains($0.dropLast()) }
                #expect(received.bodies.allSatisfy { body in others.allSatisfy(body.contains) })
            }
        }
    }

    @Test("is refused with tools though it was not sent, and then sent without a value")
    func effort() async throws {
        try await withServer({ request in
            let body = String(decoding: request.body, as: UTF8.self)
            if body.contains("tools"), !body.contains(#""reasoning_effort":"none""#) {
                return HTTPServerResponse(
                    400,
                    text:
                        #"{"error":{"message":"Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead.","type":"invalid_request_error","param":"reasoning_effort","code":null}}"#
                )
            }
            return HTTPServerResponse(text: Chunk.stream(Chunk.text("Hi"), Chunk.stop))
        }) { base, received in
            let provider = Wire.openAI.provider(base)
            let tools = ToolOffer(tools: RawJSON(.array([.object(["type": .string("function")])])))
            for tools in [tools, tools, nil] {
                let request = CompletionRequest(.text("Hello", system: nil), tools: tools)
                let answer = try await provider.complete(request, deltas: nil)
                #expect(answer.content == "Hi")
            }
            let sent = received.bodies.map { $0.contains(#""reasoning_effort":"none""#) }
            #expect(sent == [false, true, true, false])
        }
    }

    /// Mistral's own words, those of its tokenizer in vLLM, and those of its template in llama.cpp.
    @Test(
        "may be an id of a call that is not nine letters and digits; each is then, and a call and its result still agree",
        arguments: [
            (400, "Tool call id was call_abc-1 but must be a-z, A-Z, 0-9, with a length of 9."),
            (500, "Jinja Exception: Tool call IDs should be alphanumeric strings with length 9!"),
        ])
    func callIDs(status: Int, message: String) async throws {
        try await withServer({ request in
            let body = String(decoding: request.body, as: UTF8.self)
            if body.contains("call_abc-1") {
                return HTTPServerResponse(status, text: #"{"object":"error","message":"\#(message)","code":"3280"}"#)
            }
            return HTTPServerResponse(text: Chunk.stream(Chunk.text("Hi"), Chunk.stop))
        }) { base, received in
            let provider = Wire.openAI.provider(base)
            let ids = ["call_abc-1", "call_abc-2", "D681PevKs"]
            let messages =
                [ChatMessage(.assistant, "", toolCalls: ids.map { ToolCall(id: $0, name: "f", arguments: "{}") })]
                + ids.map { ChatMessage(.tool, "r", toolCallID: $0) }
            for model in ["strict", "strict", "other"] {
                _ = try await provider.complete(CompletionRequest(.messages(messages), model: model), deltas: nil)
            }
            #expect(received.bodies.map { $0.contains("call_abc-1") } == [true, false, false, true, false])
            let sent = received.bodies[1].matches(of: /"(?:tool_call_)?id":"([A-Za-z0-9]{9})"/).map { String($0.1) }
            #expect(sent.count == 6 && Array(sent.prefix(3)) == Array(sent.suffix(3)))
            #expect(Set(sent).count == 3 && sent[2] == "D681PevKs")
        }
    }

    @Test(
        "is no field that was not sent, and no wrong value",
        arguments: ["Unsupported parameter: 'top_k'", "temperature must be at most 2"])
    func others(message: String) async throws {
        try await withServer(400, #"{"error":{"message":"\#(message)","code":"invalid_value"}}"#) { base, received in
            let outcome = await Outcome(Wire.openAI.provider(base))
            outcome.expect(.failure(ProviderError(.invalidRequest, Sentence.refused), handedOut: ""))
            #expect(received.all.count == 1)
        }
    }
}
