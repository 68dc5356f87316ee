import JSON
import LanguageModels
import Testing

@testable import BusProtocol
@testable import LLMService

@Suite("A reply as it is sent is the one that is read")
struct ReplyRoundTripTests {
    private let context = ReplyContext(requestID: "r-1", channelID: .string("lobby"), username: "alice")
    private let registry = ProviderRegistry([OllamaProvider(name: "box")])

    private func answer(_ content: String) -> Answer {
        Answer(
            content: content, requestID: "r-1", provider: "ollama", model: "llama3.2", persona: "default",
            finishReason: .length, usage: TokenUsage(promptTokens: 26, completionTokens: 10),
            latency: .milliseconds(412), attempts: 1,
            context: Answer.Context(messages: 10, dropped: 2, isPersisted: true))
    }

    private func response(_ payload: [UInt8]) -> LLMResponse? {
        if case .response(let response)? = LLMReply.decode(payload) { response } else { nil }
    }

    @Test("with an answer")
    func answers() throws {
        var sent = answer("Hi \"you\"\n")
        sent.toolCalls = [ToolCall(id: "1", name: "f", arguments: "{}")]
        let read = try #require(response(LLMResponse.encode(sent, to: context, roomLength: nil)))
        #expect((read.content, read.requestID, read.channel) == ("Hi \"you\"\n", "r-1", "lobby"))
        #expect((read.action, read.username, read.fullModel) == ("chat", "alice", "ollama/llama3.2"))
        #expect(read.finishReason == "length")
        #expect(read.usage?.object?["total_tokens"] == .integer(36))
        #expect(
            read.toolCalls
                == JSONValue.parse(
                    Array(#"[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]"#.utf8)))
        #expect((read.personas == nil, read.models == nil) == (true, true))
        let measures = JSONWriter.object { read.writeMeasures(to: &$0) }
        #expect(
            Set(object(measures).keys) == [
                "provider", "model", "persona", "finish_reason", "usage", "latency_ms", "cached",
            ])
    }

    @Test("with lists")
    func notices() {
        func read(_ details: LLMResponse.Details) -> LLMResponse? {
            response(LLMResponse.encode("text", details, to: context, roomLength: nil))
        }
        #expect(read(.personas(["a", "b"], current: "a"))?.personas == ["a", "b"])
        let models = read(.models([ModelListing(id: "m", provider: "box")]))?.models
        #expect(models?.map(\.id) == ["m"] && models?.map(\.provider) == ["box"])
    }

    @Test("with vectors")
    func vectors() throws {
        var sent = answer("")
        sent.embeddings = Embeddings([[0.5, -1], [1e-9, 2]], model: "m")
        let payload = Array(LLMResponse.encode(sent, to: context, roomLength: nil))
        let read = try #require(LLMResponse.Vectors.decode(payload))
        #expect(read.vectors == [[0.5, -1], [1e-9, 2]])
        #expect((read.fullModel, read.promptTokens) == ("ollama/llama3.2", 26))
        #expect(LLMResponse.Vectors.decode(Array("no".utf8)) == nil)
    }

    @Test("with a piece, in whatever order its fields come")
    func deltas() {
        let sent = LLMDelta(channel: "lobby", requestID: "r-1", content: "The \u{1}")
        for payload in [
            LLMDelta.encode(sent.content, number: 3, to: context),
            Array(
                #"{"content":"The \u0001","more":[{}],"request_id":"r-1","channel_id":"lobby","type":"llm_delta"}"#.utf8
            ),
        ] {
            guard case .delta(sent)? = LLMReply.decode(payload) else {
                Issue.record("another piece")
                continue
            }
        }
        #expect(LLMDelta.decode(Array(#"{"type":"llm_delta","channel_id":["c"],"content":"x"}"#.utf8))?.channel == nil)
        for text in [#"{"type":"llm_delta","content":"x""#, #"{"type":"llm_response"}"#, "[]", ""] {
            #expect(LLMDelta.decode(Array(text.utf8)) == nil)
        }
    }

    @Test("with a failure")
    func failures() {
        func read(_ error: LLMError) -> LLMFailure? {
            let reply = LLMReply.decode(LLMFailure.encode(error, text: "Sorry", to: context))
            return if case .failure(let failure)? = reply { failure } else { nil }
        }
        let limited = read(
            LLMError(.providerRateLimited, "m", retryAfter: .milliseconds(1500), provider: "box", attempts: 2))
        #expect((limited?.text, limited?.code, limited?.requestID) == ("Sorry", "provider_rate_limited", "r-1"))
        #expect((limited?.isRetryable, limited?.retryAfter, limited?.provider) == (true, 1.5, "box"))
        #expect(limited?.channel == "lobby")
        let advice = limited.map { failure in JSONWriter.object { failure.writeAdvice(to: &$0) } } ?? []
        #expect(String(decoding: advice, as: UTF8.self) == #"{"retryable":true,"retry_after_s":1.5,"provider":"box"}"#)
        let plain = read(LLMError(.notFound, "m"))
        #expect((plain?.isRetryable, plain?.retryAfter, plain?.provider) == (false, nil, nil))
    }

    @Test("to a call")
    func calls() throws {
        let reply = CallReply(to: .personaGet, registry: registry)
        let personas = try #require(
            try CallResult(Array(reply.encode(persona: "a", available: ["a", "b"], model: "m"))))
        #expect((personas.persona, personas.model, personas.available) == ("a", "m", ["a", "b"]))
        let models = try #require(
            try CallResult(Array(reply.encode([ModelListing(id: "m", provider: "box")]))))
        #expect(models.models.map(\.id) == ["m"])
        let failed = reply.encode(
            LLMError(.rateLimited, "m", retryAfter: .seconds(3)), text: "Slowly", requestID: "i")
        do throws(LLMFailure) {
            _ = try CallResult(Array(failed))
            Issue.record("no failure")
        } catch {
            #expect((error.text, error.code, error.retryAfter) == ("Slowly", "rate_limited", 3))
        }
        #expect(try CallResult(Array("no".utf8)) == nil)
    }

    @Test(
        "has the size that is told of it, where that is above a limit",
        arguments: [
            "", "plain", "\"\\\n\r\t\u{1}\u{7F}é👩‍👩‍👧‍👦", String(repeating: "word. \u{2}", count: 3000),
        ])
    func size(content: String) {
        var sent = answer(content)
        sent.context?.isPersisted = false
        for calls in [0, 3] {
            sent.toolCalls = (0..<calls).map { ToolCall(id: "\($0)", name: "f\n", arguments: content) }
            for roomLength in [nil, 20, 1_000_000] {
                let count = LLMResponse.encode(sent, to: context, roomLength: roomLength).count
                #expect(LLMResponse.size(of: sent, to: context, roomLength: roomLength, above: 10) == count)
                #expect(LLMResponse.size(of: sent, to: context, roomLength: roomLength, above: count) == nil)
                #expect(LLMResponse.size(of: sent, to: context, roomLength: roomLength, above: count - 1) == count)
            }
        }
        for name in [LLMCall.Name.chat, .summarize] {
            let reply = CallReply(to: name, registry: registry)
            let count = reply.encode(sent).count
            #expect(reply.size(of: sent, above: 10) == count)
            #expect(reply.size(of: sent, above: count) == nil)
        }
    }
}
