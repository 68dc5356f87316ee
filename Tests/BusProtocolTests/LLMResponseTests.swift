import JSON
import LanguageModels

import Testing

@testable import LLMService
@testable import BusProtocol

@Suite("What goes out")
struct LLMResponseTests {
    private let context = ReplyContext(requestID: "r-1", channelID: .string("lobby"), username: "alice")

    private var answer: Answer {
        Answer(
            content: "Hi \"you\"\n", requestID: "r-1", provider: "ollama", model: "llama3.2", persona: "default",
            finishReason: .stop, usage: TokenUsage(promptTokens: 26, completionTokens: 10), latency: .milliseconds(412),
            attempts: 1, context: Answer.Context(messages: 10, dropped: 2, isPersisted: true))
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("for an answer is exactly this")
    func response() {
        #expect(
            text(LLMResponse.encode(answer, to: context, roomLength: nil))
                == #"{"type":"llm_response","channel_id":"lobby","content":"Hi \"you\"\n","request_id":"r-1","#
                + #""action":"chat","username":"alice","provider":"ollama","model":"llama3.2","persona":"default","#
                + #""finish_reason":"stop","usage":{"prompt_tokens":26,"completion_tokens":10,"total_tokens":36},"#
                + #""latency_ms":412,"ttft_ms":null,"tokens_per_s":null,"attempts":1,"cached":false,"#
                + #""context":{"messages":10,"dropped":2,"persisted":true,"truncated":false}}"#)
    }

    @Test("for an answer tells what was measured, what it cost, whether it was cut and whether it was there already")
    func measures() {
        var answer = answer
        answer.firstToken = .microseconds(80_400)
        answer.tokensPerSecond = 24.27
        answer.isCached = true
        answer.usage?.cost = 0.00015
        answer.context?.isCut = true
        let object = JSONValue.parse(LLMResponse.encode(answer, to: context, roomLength: nil))?.object
        #expect(object?["ttft_ms"] == .integer(80))
        #expect(object?["tokens_per_s"] == .number(24.3))
        #expect(object?["cached"] == .bool(true))
        #expect(object?["usage"]?.object?["cost"] == .number(0.00015))
        #expect(object?["context"]?.object?["truncated"] == .bool(true))
        #expect(object?["embeddings"] == nil)
        answer.tokensPerSecond = .infinity
        let odd = JSONValue.parse(LLMResponse.encode(answer, to: context, roomLength: nil))?.object
        #expect(odd?["tokens_per_s"] == .null)
    }

    @Test("for vectors has them, their length, and no text")
    func embeddings() {
        var answer = answer
        answer.content = ""
        answer.context = nil
        answer.embeddings = Embeddings([[0.5, -1], [1e-9, 2]], model: "m")
        let text = text(LLMResponse.encode(answer, to: context, roomLength: 20))
        #expect(text.contains(#""content":"","#))
        #expect(text.hasSuffix(#""context":null,"embeddings":[[0.5,-1],[1e-09,2]],"dimensions":2}"#))
    }

    @Test("for an answer outside any conversation has no context, and null for what is not known")
    func completion() {
        var answer = answer
        answer.context = nil
        answer.persona = nil
        answer.usage = nil
        var context = context
        context.action = "complete"
        let object = JSONValue.parse(LLMResponse.encode(answer, to: context, roomLength: nil))?.object
        #expect(object?["context"] == .null)
        #expect(object?["persona"] == .null)
        #expect(object?["usage"] == .null)
        #expect(object?["action"] == .string("complete"))
    }

    @Test("for an answer that is too long for the room has its parts too, and the whole")
    func parts() {
        var answer = answer
        answer.content = "One two three. Four five six."
        let long = JSONValue.parse(LLMResponse.encode(answer, to: context, roomLength: 20))?.object
        #expect(long?["parts"] == .array([.string("One two three."), .string("Four five six.")]))
        #expect(long?["content"] == .string("One two three. Four five six."))
        let short = JSONValue.parse(LLMResponse.encode(answer, to: context, roomLength: 200))?.object
        #expect(short?["parts"] == nil)
    }

    @Test("for a failure is exactly this")
    func failure() {
        let error = LLMError(.busy, "too many")
        #expect(
            text(LLMFailure.encode(error, text: "Sorry", to: context))
                == #"{"type":"llm_error","channel_id":"lobby","error":"Sorry","code":"busy","request_id":"r-1","retryable":true}"#
        )
        let limited = LLMError(
            .providerRateLimited, "slow down", retryAfter: .seconds(30), provider: "openai", detail: "SECRET")
        #expect(
            text(LLMFailure.encode(limited, text: limited.message, to: context))
                == #"{"type":"llm_error","channel_id":"lobby","error":"slow down","code":"provider_rate_limited","#
                + #""request_id":"r-1","retryable":true,"retry_after_s":30,"provider":"openai"}"#)
        let tried = LLMError(.busy, "too many", attempts: 3)
        #expect(
            text(LLMFailure.encode(tried, text: "Sorry", to: context)).hasSuffix(#","retryable":true,"attempts":3}"#))
    }

    @Test("for a piece is exactly this")
    func delta() {
        #expect(
            text(LLMDelta.encode("The \u{1}", number: 3, to: context))
                == #"{"type":"llm_delta","channel_id":"lobby","request_id":"r-1","seq":3,"content":"The \u0001"}"#)
    }

    @Test("for an answer of the service's own is exactly this")
    func notice() {
        #expect(
            text(LLMResponse.encode("Done", .personas(["x", "y"], current: "x"), to: context, roomLength: nil))
                == #"{"type":"llm_response","channel_id":"lobby","content":"Done","request_id":"r-1","action":"chat","username":"alice","#
                + #""provider":null,"model":null,"persona":"x","finish_reason":null,"usage":null,"latency_ms":0,"#
                + #""ttft_ms":null,"tokens_per_s":null,"attempts":0,"cached":false,"context":null,"personas":["x","y"]}"#
        )
    }

    @Test(
        "has the channel as it came",
        arguments: [#""a b.*>\u0000""#, "7", "null", "true", #"["x",{"y":1.5}]"#, #""🙂""#])
    func channel(json: String) {
        var context = context
        let channel = JSONValue.parse(Array(json.utf8)) ?? .null
        context.channelID = channel
        let bytes = LLMFailure.encode(LLMError(.busy, "x"), text: "x", to: context)
        #expect(JSONValue.parse(bytes)?.object?["channel_id"] == channel)
    }

    @Test("has headers that are one line, short, and say which kind of failure it is")
    func headers() {
        let bomb = "x" + String(repeating: "\u{301}", count: 10_000)
        for text in ["plain", "two\r\nlines: \u{0} and\tmore\u{2028}", bomb, String(repeating: "é", count: 5_000)] {
            let headers = LLMFailure.headers(text, status: 400)
            #expect(headers.map(\.name) == ["Nats-Service-Error", "Nats-Service-Error-Code"])
            #expect(headers.last?.value == "400")
            let value = headers.first?.value ?? ""
            #expect(value.utf8.count <= 1024)
            #expect(!value.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
    }
}
