import LanguageModels
import Testing

/// PROVIDERS.md, "OpenRouter": what it does besides what OpenAI does.
@Suite("An answer of OpenRouter")
struct OpenRouterFaultTests {
    static let answers: [Fault] = [
        .good(
            "comments, then content",
            (String(repeating: ": OPENROUTER PROCESSING\n\n", count: 5) + Chunk.event(Chunk.text("Hi"))
                + ": OPENROUTER PROCESSING\n\n" + Chunk.event(Chunk.stop)), "Hi"),
        .good(
            "reasoning is not the answer",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"content":"","reasoning":"xyzzy","reasoning_details":[{"type":"reasoning.text","text":"xyzzy"}]}}]}"#,
                #"{"choices":[{"delta":{"content":null,"reasoning_content":"xyzzy"}}]}"#, Chunk.text("Hi"), Chunk.stop),
            "Hi"),
        .good(
            "reasoning alone",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"content":"","reasoning":"xyzzy"}}]}"#,
                Chunk.text("", reason: "length")), "", "length"),
        .good(
            "the model billed, and what it cost",
            Chunk.stream(
                #"{"model":"other/model","choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#,
                #"{"model":"other/model","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"cost":0.0021}}"#
            ),
            "Hi", usage: TokenUsage(promptTokens: 3, completionTokens: 4, cost: 0.0021), model: "other/model"),
    ]

    static let failures: [Fault] = [
        .bad(
            "an error in the middle, its code a number",
            Chunk.stream(Chunk.text("Hi"), broken(#"{"code":502,"message":"xyzzy","metadata":{"provider_name":"x"}}"#)),
            .unavailable, Sentence.unavailable, after: "Hi"),
        .bad(
            "an error in the middle, its code a string",
            Chunk.stream(Chunk.text("Hi"), broken(#"{"code":"server_error","message":"xyzzy"}"#)), .unavailable,
            Sentence.unavailable, after: "Hi"),
        .bad(
            "an error in the middle, its code a number in a string",
            Chunk.stream(Chunk.text("Hi"), broken(#"{"code":"429","message":"xyzzy"}"#)), .rateLimited,
            Sentence.slowDown, after: "Hi"),
        .bad(
            "an error in the middle that will stay one",
            Chunk.stream(
                Chunk.text("Hi"), broken(#"{"code":502,"message":"xyzzy","availability":{"retryable":false}}"#)),
            .unavailable, Sentence.unavailable, retryable: false, after: "Hi"),
        .bad(
            "finish_reason error and no more", Chunk.stream(Chunk.text("Hi"), Chunk.text("", reason: "error")),
            .unavailable, Sentence.failedInTheMiddle, after: "Hi"),
        .bad(
            "an error in a 200", #"{"error":{"code":503,"message":"xyzzy"}}"#, .unavailable, Sentence.unavailable),
        .bad(
            "choices[0].error in a 200",
            #"{"id":"x","choices":[{"error":{"code":429,"message":"xyzzy"},"message":{"content":"xyz"}}]}"#,
            .rateLimited, Sentence.slowDown),
        .bad(
            "choices[0].error in a stream",
            Chunk.stream(
                Chunk.text("Hi"),
                #"{"choices":[{"error":{"code":502,"message":"xyzzy"},"delta":{"content":""},"finish_reason":"error"}]}"#
            ),
            .unavailable, Sentence.unavailable, after: "Hi"),
        .refused(
            "402", "402 Payment Required", [], #"{"error":{"code":402,"message":"Insufficient credits xyzzy"}}"#,
            .quota, ""),
        .refused(
            "403 with a moderation's reasons", "403 Forbidden", [],
            #"{"error":{"code":403,"message":"xyzzy","metadata":{"reasons":["violence"],"flagged_input":"xyzzy","provider_name":"x"}}}"#,
            .contentFiltered, Sentence.withheld),
        .refused("403", "403 Forbidden", [], #"{"error":{"code":403,"message":"xyzzy"}}"#, .authentication, ""),
        .refused(
            "429, the wait in the body", "429 Too Many Requests", [],
            #"{"error":{"code":429,"message":"xyzzy","metadata":{"headers":{"Retry-After":"17"}}}}"#, .rateLimited,
            Sentence.slowDown, retryAfter: .seconds(17)),
        .refused(
            "no such model", "400 Bad Request", [],
            #"{"error":{"code":400,"message":"xyzzy is not a valid model ID"}}"#, .unknownModel,
            #"the provider openrouter has no model "anthropic/claude-3-sonnet""#),
    ]

    @Test("is an answer", arguments: answers, Delivery.allCases)
    func answer(fault: Fault, delivery: Delivery) async throws { try await fault.play(to: .openRouter, delivery) }

    @Test("is none", arguments: failures, Delivery.allCases)
    func failure(fault: Fault, delivery: Delivery) async throws { try await fault.play(to: .openRouter, delivery) }

    private static func broken(_ error: String) -> String {
        #"{"id":"x","object":"chat.completion.chunk","model":"m-1","error":\#(error),"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#
    }
}
