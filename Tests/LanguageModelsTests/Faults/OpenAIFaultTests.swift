import LanguageModels
import Testing

/// PROVIDERS.md, "OpenAI": what `/chat/completions` answers.
@Suite("An answer of OpenAI's wire")
struct OpenAIFaultTests {
    private static let whole =
        #"{"id":"c","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
    private static let spent = TokenUsage(promptTokens: 3, completionTokens: 4)

    static let answers: [Fault] = [
        .good(
            "a usage chunk without choices",
            Chunk.stream(
                Chunk.text("Hi"), Chunk.stop,
                #"{"model":"m-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4},"obfuscation":"x"}"#),
            "Hi", usage: spent),
        .good(
            "usage null until the last chunk",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"content":"Hi"}}],"usage":null}"#, Chunk.stop,
                #"{"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":4}}"#),
            "Hi", usage: spent),
        .good(
            "content: null",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"role":"assistant","content":null,"refusal":null}}]}"#,
                Chunk.text("Hi"), #"{"choices":[{"delta":{"content":null},"finish_reason":"stop"}]}"#),
            "Hi"),
        .good("nothing said, the budget used up", Chunk.stream(Chunk.text("", reason: "length")), "", "length"),
        .good("finish_reason stop", Chunk.stream(Chunk.text("Hi", reason: "stop")), "Hi", "stop"),
        .good("finish_reason length", Chunk.stream(Chunk.text("Hi", reason: "length")), "Hi", "length"),
        .good("finish_reason tool_calls", Chunk.stream(Chunk.text("Hi", reason: "tool_calls")), "Hi", "tool_calls"),
        .good(
            "finish_reason function_call", Chunk.stream(Chunk.text("Hi", reason: "function_call")), "Hi", "tool_calls"),
        .good("a finish_reason of its own", Chunk.stream(Chunk.text("Hi", reason: "abort")), "Hi", "abort"),
        .good(
            "an empty finish_reason before", Chunk.stream(Chunk.text("H", reason: ""), Chunk.text("i", reason: "stop")),
            "Hi"),
        .good(
            "a refusal after the text",
            Chunk.stream(
                Chunk.text("Hi"), #"{"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}"#), "Hi"),
        .good(
            "error: null",
            Chunk.stream(
                #"{"error":null,"model":"m-1","choices":[{"error":null,"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#
            ),
            "Hi"),
        .good(
            "content in parts",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"content":[{"type":"text","text":"Hi"},{"type":"thinking","text":"x"}]}}]}"#,
                Chunk.stop), "Hi"),
        .good(
            "two choices",
            Chunk.stream(
                #"{"model":"m-1","choices":[{"delta":{"content":"Hi"}},{"delta":{"content":"xyzzy"}}]}"#, Chunk.stop),
            "Hi"),
        .good("JSON where a stream was asked", whole, "Hi", usage: spent),
        .good(
            "JSON, indented and after a BOM", "\u{FEFF}\r\n \(whole)\n", "Hi", usage: spent),
        .good("JSON, the end of the connection", whole, "Hi", usage: spent).withoutLength,
        .good(
            "tool calls with arguments in pieces",
            Chunk.stream(
                tool(#"{"index":0,"id":"a","type":"function","function":{"name":"get","arguments":""}}"#),
                tool(#"{"index":0,"function":{"arguments":"{\"x\":"}}"#),
                tool(#"{"index":0,"function":{"arguments":"1}"}}"#),
                tool(#"{"index":1,"id":"b","type":"function","function":{"name":"put","arguments":"{}"}}"#),
                Chunk.text("", reason: "tool_calls")),
            "", "tool_calls",
            tools: [
                ToolCall(id: "a", name: "get", arguments: #"{"x":1}"#), ToolCall(id: "b", name: "put", arguments: "{}"),
            ]),
        .good(
            "thoughts in the content",
            Chunk.stream(
                Chunk.text("<thi"), Chunk.text("nk>xyzzy</th"), Chunk.text("ink>Hi"), Chunk.stop), "Hi"),
        .good("nearly thoughts in the content", Chunk.stream(Chunk.text(" <thi"), Chunk.stop), " <thi"),
        .good(
            "thoughts in JSON",
            #"{"model":"m-1","choices":[{"message":{"content":"<think>xyzzy</think>Hi"},"finish_reason":"stop"}]}"#,
            "Hi"),
    ]

    static let failures: [Fault] = [
        .bad(
            "a refusal",
            Chunk.stream(
                #"{"choices":[{"delta":{"refusal":"I cannot "}}]}"#, #"{"choices":[{"delta":{"refusal":"xyzzy"}}]}"#,
                Chunk.stop), .contentFiltered, Sentence.declined),
        .bad(
            "finish_reason content_filter", Chunk.stream(Chunk.text("Hi"), Chunk.text("", reason: "content_filter")),
            .contentFiltered, Sentence.withheld, after: "Hi"),
        .bad(
            "an error first", Chunk.stream(#"{"error":{"message":"xyzzy","type":"server_error","code":null}}"#),
            .unavailable, Sentence.unavailable),
        .bad(
            "an error in the middle",
            Chunk.stream(Chunk.text("Hi"), #"{"error":{"message":"xyzzy","type":"insufficient_quota"}}"#, Chunk.stop),
            .quota, "", after: "Hi"),
        .bad("an error that is a text", Chunk.stream(#"{"error":"xyzzy"}"#), .unavailable, Sentence.unavailable),
        .bad(
            "vLLM's shape in the stream",
            Chunk.stream(Chunk.text("Hi"), #"{"object":"error","message":"xyzzy","code":400}"#),
            .invalidRequest, Sentence.refused, after: "Hi"),
        .bad(
            "vLLM's shape that says nothing", Chunk.stream(#"{"object":"error"}"#), .unavailable, Sentence.unavailable),
        .refused(
            "vLLM's shape", "400 Bad Request", [],
            #"{"object":"error","message":"xyzzy","type":"BadRequestError","code":400}"#, .invalidRequest,
            Sentence.refused),
        .bad("an empty 200", "", .badAnswer, Sentence.notUnderstood),
        .bad("white space", "\n\n \n", .badAnswer, Sentence.notUnderstood),
        .bad("[]", "[]", .badAnswer, Sentence.notUnderstood),
        .bad("null", "null", .badAnswer, Sentence.notUnderstood),
        .bad("{}", "{}", .badAnswer, Sentence.notUnderstood),
        .bad("HTML", "<html>xyzzy</html>\n", .badAnswer, Sentence.notUnderstood),
        .bad("JSON cut short", #"{"choices":[{"message":{"content":"xyzzy"#, .badAnswer, Sentence.notUnderstood)
            .withoutLength,
        .bad(
            "not UTF-8", #"{"choices":[{"message":{"content":"MARK"}}]}"#, .badAnswer, Sentence.notUnderstood
        ).replacing("MARK", [0xFF]),
        .bad("bytes", "MARK", .badAnswer, Sentence.notUnderstood).replacing("MARK", [0xFF, 0xFE, 0x00, 0x41]),
        .refused(
            "429, a rate", "429 Too Many Requests", ["Retry-After: 20"],
            #"{"error":{"message":"xyzzy","type":"requests","code":"rate_limit_exceeded"}}"#, .rateLimited,
            Sentence.slowDown, retryAfter: .seconds(20)),
        .refused(
            "429, a quota", "429 Too Many Requests", ["Retry-After: 20"],
            #"{"error":{"message":"xyzzy","type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota, ""),
        .refused(
            "429, a spending limit", "429 Too Many Requests", [],
            #"{"error":{"message":"You reached your spending limit. xyzzy"}}"#, .quota, ""),
        .refused(
            "retry-after-ms", "429 Too Many Requests", ["retry-after-ms: 1500", "retry-after: 2"], "",
            .rateLimited,
            Sentence.slowDown, retryAfter: .milliseconds(1500)),
        .refused(
            "a date, long past", "503 Service Unavailable", ["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"], "",
            .unavailable, Sentence.unavailable, retryAfter: .zero),
        .refused(
            "a date, far away", "503 Service Unavailable", ["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"], "",
            .unavailable, Sentence.unavailable, retryAfter: .seconds(86_400)),
        .refused(
            "86400 s", "429 Too Many Requests", ["Retry-After: 86400"], "xyzzy", .rateLimited, Sentence.slowDown,
            retryAfter: .seconds(86_400)),
        .refused(
            "a limit that is used up", "429 Too Many Requests",
            ["x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 6m0s"], "", .rateLimited,
            Sentence.slowDown, retryAfter: .seconds(360)),
        .refused(
            "x-should-retry: false on a 500", "500 Internal Server Error", ["x-should-retry: false"],
            #"{"error":{"message":"xyzzy"}}"#, .unavailable, Sentence.unavailable, retryable: false),
        .refused(
            "a 500 with HTML", "500 Internal Server Error", ["Content-Type: text/html"],
            "<html>xyzzy</html>", .unavailable, Sentence.unavailable),
        .refused(
            "a key that is wrong", "401 Unauthorized", [],
            #"{"error":{"message":"Incorrect API key provided: \#(Wire.key) xyzzy","code":"invalid_api_key"}}"#,
            .authentication, ""),
    ]

    @Test("is an answer", arguments: answers, Delivery.allCases)
    func answer(fault: Fault, delivery: Delivery) async throws {
        for wire in [Wire.openAI, .openRouter] { try await fault.play(to: wire, delivery) }
    }

    @Test("is none", arguments: failures, Delivery.allCases)
    func failure(fault: Fault, delivery: Delivery) async throws {
        for wire in [Wire.openAI, .openRouter] { try await fault.play(to: wire, delivery) }
    }

    private static func tool(_ piece: String) -> String {
        #"{"model":"m-1","choices":[{"index":0,"delta":{"tool_calls":[\#(piece)]},"finish_reason":null}]}"#
    }
}
