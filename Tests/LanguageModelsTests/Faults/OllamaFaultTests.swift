import LanguageModels
import Testing

/// PROVIDERS.md, "Ollama": what `/api/chat` answers.
@Suite("An answer of Ollama's wire")
struct OllamaFaultTests {
    private static let none = TokenUsage(promptTokens: 0, completionTokens: 0)

    static let answers: [Fault] = [
        good(
            "lines, split anywhere",
            Chunk.line("H") + Chunk.line("é😀")
                + Chunk.line("", rest: #""done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":10"#),
            "Hé😀", usage: TokenUsage(promptTokens: 26, completionTokens: 10)),
        good("CRLF", (Chunk.line("Hi") + Chunk.done).split(separator: "\n").joined(separator: "\r\n") + "\r\n", "Hi"),
        good("empty lines between", "\n" + Chunk.line("Hi") + "\n \r\n" + Chunk.done, "Hi"),
        good(
            "no line feed at the end", Chunk.line("H") + String(Chunk.line("i", rest: #""done":true"#).dropLast()), "Hi"
        ),
        good("lines after the last one", Chunk.line("Hi") + Chunk.done + Chunk.line("xyzzy") + "{broken\n", "Hi"),
        good(
            "thinking only",
            #"{"model":"m-1","message":{"role":"assistant","content":"","thinking":"xyzzy"},"done":false}"# + "\n"
                + Chunk.line("", rest: #""done":true,"done_reason":"length""#), "", "length"),
        good(
            "thinking, then an answer",
            #"{"model":"m-1","message":{"content":"","thinking":"xyzzy"}}"# + "\n" + Chunk.line("Hi") + Chunk.done, "Hi"
        ),
        good(
            "thoughts in the content",
            Chunk.line("<think>") + Chunk.line("xyzzy</think>") + Chunk.line("Hi") + Chunk.done,
            "Hi"),
        good("nearly thoughts in the content", Chunk.line("<think") + Chunk.done, "<think"),
        good("done_reason stop", Chunk.line("Hi", rest: #""done":true,"done_reason":"stop""#), "Hi"),
        good("done_reason length", Chunk.line("Hi", rest: #""done":true,"done_reason":"length""#), "Hi", "length"),
        good("done_reason load", Chunk.line("", rest: #""done":true,"done_reason":"load""#), "", "load"),
        good("done_reason unload", Chunk.line("", rest: #""done":true,"done_reason":"unload""#), "", "unload"),
        good("no done_reason, no counters", Chunk.line("Hi", rest: #""done":true"#), "Hi"),
        good(
            "counters of other kinds",
            Chunk.line("Hi", rest: #""done":true,"prompt_eval_count":"3","eval_count":-1,"eval_duration":1e300"#), "Hi"),
        good(
            "one JSON text over several lines",
            "{\n  \"model\": \"m-1\",\n  \"message\": {\n    \"content\": \"Hi\"\n  },\n  \"done\": true\n}\n", "Hi"),
        good(
            "tool calls, one a line",
            tool(#"{"function":{"name":"get","arguments":{"x":1}}}"#)
                + tool(#"{"function":{"index":0,"name":"put","arguments":{}}}"#) + Chunk.done, "", "tool_calls",
            tools: [
                ToolCall(id: "", name: "get", arguments: #"{"x":1}"#), ToolCall(id: "", name: "put", arguments: "{}"),
            ]),
    ]

    static let failures: [Fault] = [
        .bad(
            "an error line first", (#"{"error":"xyzzy"}"# + "\n"), .unavailable, Sentence.unavailable),
        .bad(
            "an error line first, without a line feed", #"{"error":"xyzzy"}"#, .unavailable, Sentence.unavailable),
        .bad(
            "an error line in the middle",
            (Chunk.line("H") + Chunk.line("i") + #"{"error":"xyzzy"}"# + "\n" + Chunk.done),
            .unavailable, Sentence.unavailable, after: "Hi"),
        .bad("no done", (Chunk.line("H") + Chunk.line("i")), .unavailable, Sentence.brokeOff, after: "Hi"),
        .bad("no done, the end of the connection", Chunk.line("Hi"), .unavailable, Sentence.brokeOff, after: "Hi")
            .withoutLength,
        .bad(
            "half a last line, its done there and its text not",
            (Chunk.line("H") + #"{"done":true,"message":{"content":"xyzzy"#), .unavailable, Sentence.brokeOff,
            after: "H"
        ).withoutLength,
        .bad(
            "no JSON in the middle", (Chunk.line("Hi") + "xyzzy\n" + Chunk.done), .badAnswer,
            Sentence.notUnderstood, after: "Hi"),
        .bad("an empty 200", "", .badAnswer, Sentence.notUnderstood),
        .bad("[]", "[]", .badAnswer, Sentence.notUnderstood),
        .bad("null", "null\n", .badAnswer, Sentence.notUnderstood),
        .bad("HTML", "<html>\nxyzzy\n</html>\n", .badAnswer, Sentence.notUnderstood),
        .bad("a greeting", "Ollama is running", .badAnswer, Sentence.notUnderstood),
        .bad("bytes", "MARK", .badAnswer, Sentence.notUnderstood).replacing("MARK", [0xFF, 0xFE, 0x0A, 0x41]),
        .bad(
            "a line over 1 MiB", (Chunk.line("H") + String(repeating: "xyzzy ", count: 200_000)), .badAnswer,
            Sentence.tooLarge, after: "H"),
        .refused(
            "404", "404 Not Found", [], #"{"error":"model 'xyzzy' not found, try pulling it first"}"#,
            .unknownModel,
            #"Model "llama3.2" is not installed on the Ollama server; the operator can install it with: ollama pull llama3.2"#
        ),
        .refused("404, of something else", "404 Not Found", [], "xyzzy", .badAnswer, Sentence.nobody("ollama")),
        .refused(
            "503", "503 Service Unavailable", [],
            #"{"error":"server busy, xyzzy. maximum pending requests exceeded"}"#, .unavailable,
            "the Ollama server has too many requests waiting; try again in a moment"),
        .refused(
            "401", "401 Unauthorized", [], #"{"error":"unauthorized","signin_url":"https://xyzzy"}"#,
            .authentication,
            "the Ollama server has to be signed in for that model; the operator can do it with: ollama signin"),
        .refused("500", "500 Internal Server Error", [], #"{"error":"xyzzy"}"#, .unavailable, Sentence.unavailable),
    ]

    @Test("is an answer", arguments: answers, Delivery.allCases)
    func answer(fault: Fault, delivery: Delivery) async throws { try await fault.play(to: .ollama, delivery) }

    @Test("is none", arguments: failures, Delivery.allCases)
    func failure(fault: Fault, delivery: Delivery) async throws { try await fault.play(to: .ollama, delivery) }

    /// Ollama leaves out what is zero, so its usage is always known.
    private static func good(
        _ name: String, _ body: String, _ content: String, _ reason: String = "stop", usage: TokenUsage = none,
        tools: [ToolCall] = []
    ) -> Fault {
        .good(name, body, content, reason, usage: usage, tools: tools)
    }

    private static func tool(_ call: String) -> String {
        #"{"model":"m-1","message":{"content":"","tool_calls":[\#(call)]},"done":false}"# + "\n"
    }
}
