/// What providers send, as it is and broken: what the inputs are made of.
enum Corpus {
    /// Streams and other answers of `/chat/completions`.
    static let chat: [[UInt8]] = [
        stream(words.map { chunk(#""delta":{"content":"\#($0)"}"#) } + [stop, usage, "[DONE]"]),
        stream(words.map { chunk(#""delta":{"content":"\#($0)"}"#) } + [stop, usage, "[DONE]"], "\r\n"),
        stream([chunk(#""delta":{"role":"assistant","content":""}"#), hello, stop, "[DONE]"], "\r"),
        stream([chunk(#""delta":{"content":"Hé\u00e9\ud83d\ude00 \"quoted\" \\ \n"}"#), hello, stop, "[DONE]"]),
        // The last chunk says something and why it ends, and the stream ends without the empty line, or any end of line.
        Array(stream([hello, chunk(#""delta":{"content":" end"},"finish_reason":"stop""#)]).dropLast()),
        Array(stream([hello, chunk(#""delta":{"content":" end"},"finish_reason":"length""#)]).dropLast(2)),
        bytes("\u{FEFF}: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n") + stream([hello, stop, "[DONE]"]),
        stream([
            chunk(#""delta":{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}"#),
            chunk(#""delta":{"content":null,"reasoning_content":"hm"}"#), hello, stop, usage, "[DONE]",
        ]),
        stream([
            chunk(
                #""delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}"#
            ),
            chunk(#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#),
            chunk(#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#),
            chunk(#""delta":{},"finish_reason":"tool_calls""#), "[DONE]",
        ]),
        stream([hello, #"{"error":{"code":502,"message":"gone"},"choices":[{"delta":{},"finish_reason":"error"}]}"#]),
        bytes("event: error\ndata: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n"),
        stream([hello, #"{"object":"error","message":"no such model","code":404}"#]),
        stream([hello, chunk(#""delta":{},"finish_reason":"content_filter""#), "[DONE]"]),
        stream([chunk(#""delta":{"refusal":"I can't"}"#), stop, "[DONE]"]),
        stream([chunk(#""delta":{"content":[{"type":"text","text":"H"},{"type":"text","text":"i"}]}"#), stop, "[DONE]"]
        ),
        stream([chunk(#""message":{"role":"assistant","content":"All at once"},"finish_reason":"stop""#), "[DONE]"]),
        bytes("id: 7\nretry: 10\nevent: message\ndata:{\"choices\":[{\"delta\":\ndata: {\"content\":\"two lines\"},")
            + bytes("\ndata: \"finish_reason\":\"stop\"}]}\n\ndata:[DONE]\n\n"),
        bytes(#"  {"model":"m","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}"#),
        bytes("{\n  \"error\": {\n    \"message\": \"no\",\n    \"code\": \"invalid_api_key\"\n  }\n}\n"),
        stream([chunk(#""delta":{"content":"Hi \ud83d"}"#), chunk(#""delta":{"content":"\ude00<thi"}"#), "[DONE]"]),
        stream([
            hello, chunk(#""delta":{"content":"\n</think>\n\nHi <"}"#), chunk(#""delta":{"content":"b>"}"#), "[DONE]",
        ]),
        stream([
            chunk(#""delta":{"content":"<think>hm</th"}"#), chunk(#""delta":{"content":"ink>Hi"}"#), stop, "[DONE]",
        ]),
        stream([hello]) + bytes("error: {\"code\":400,\"message\":\"context size\"}\n\n"),
        stream([hello]) + bytes("{\n \"error\": {\n  \"code\": 429\n }\n}\n\ndata: [DONE]\n\n"),
        bytes("<html><body><h1>502 Bad Gateway</h1>\r\n</body></html>\r\n"), bytes("upstream connect error"), [],
    ]

    /// Streams and other answers of `/api/chat` and `/api/generate`.
    static let ollama: [[UInt8]] = [
        bytes(words.map { line(#""message":{"role":"assistant","content":"\#($0)"},"done":false"#) }.joined() + done),
        bytes((line(#""message":{"content":"Hi"},"done":false"#) + done).replacing("\n", with: "\r\n")),
        bytes(line(#""message":{"role":"assistant","content":"Hé\u00e9\ud83d\ude00"},"done":false"#) + done),
        // Without an end of its last line, in which there is text.
        bytes(
            line(#""message":{"content":"the"},"done":false"#)
                + line(#""message":{"content":" end"},"done":true,"done_reason":"length","eval_count":2"#).dropLast()),
        bytes(line(#""response":"Hello","done":false"#) + line(#""response":"","done":true,"done_reason":"stop""#)),
        bytes(
            line(#""message":{"content":"","thinking":"hm"},"done":false"#)
                + line(#""message":{"content":"Hi"},"done":false"#) + "\n" + done),
        bytes(
            line(#""message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":[1,2]}}}]}"#) + done),
        bytes(
            line(#""message":{"content":"Hi"},"done":false"#) + #"{"error":"model runner has unexpectedly stopped"}"#),
        bytes("{\n  \"error\": \"model \\\"x\\\" not found\"\n}\n"), bytes(#"{"error":"registry.example says no"}"#),
        bytes(done + line(#""message":{"content":"after the end"},"done":false"#) + #"{"error":"after the end"}"#),
        bytes(done + #"{"message":{"content":"after the end"},"done":true}"#), bytes("404 page not found\n"), [],
    ]

    /// JSON texts, and nearly such.
    static let json: [[UInt8]] =
        [
            "{}", "[]", " null ", "true", "false", "\"\"", "0", "-0", "-1.5e+300", "1E400", "01", "1.", ".5", "- 1",
            "+1",
            "9223372036854775808", "\u{FEFF}{\"a\":1}", "\u{FEFF}\u{FEFF}1", "{\"a\":1,\"a\":2}", "{\"a\":1,}", "[1,]",
            "[1 2]", "{\"a\" 1}", "{1:2}", "{\"a\":1}}", "[[[]]]]", "tru", "nul", "truefalse", "", " ", "{", "[", "\"",
            #""\u00e9\ud83d\ude00\ud83d \udc00 \b\f\n\r\t\/\\\"""#, #""\x""#, #""\u12G4""#, #""\u123""#, #""\"#,
            "\"\t\"",
            "{\"\":{\"\":[]}}", #"{"a":[1,2.5,"x",{"b":null,"c":[true,false]}],"d":"Hé"}"#, "[\"a\u{0}b\"]", "\"é😀\"",
            String(repeating: "[", count: 512) + String(repeating: "]", count: 512),
            String(repeating: "[", count: 513) + String(repeating: "]", count: 513),
            String(repeating: "{\"a\":", count: 512) + "1" + String(repeating: "}", count: 512),
            String(repeating: "[{\"a\":", count: 256) + "\"x\"" + String(repeating: "}]", count: 256),
            hello, usage, stop, done,
        ].map(bytes) + [
            bytes("\"") + [0xC3, 0x28] + bytes("\""), bytes("{\"a\":\"") + [0xFF] + bytes("\"}"),
            bytes("{\"") + [0xED, 0xA0, 0x80] + bytes("\":1}"), bytes("[\"") + [0xC0, 0x80] + bytes("\"]"),
            [0xEF, 0xBB],
        ]

    /// What is put into the middle of a text.
    static let pieces: [[UInt8]] =
        [
            "\r", "\n", "\r\n", "\n\n", "\r\r", "\u{FEFF}", "\u{0}", "\"", "\\", "{", "}", "[", "]", ",", ":", " ",
            "data: ",
            "data:", "data\n", "event: error\n", "error: ", "<think>", "</think>", "<|channel|>final", "```", "\\ude00",
            "[DONE]", "data: [DONE]\n\n", "\\u", "\\ud83d", "\\u0000", "null",
            "true",
            "\"done\":true,", "\"error\":\"x\",", "\"content\":\"x\",", "\"finish_reason\":\"stop\",", "😀", "e\u{301}",
            "1e999", "-",
        ].map(bytes) + [[0xC3], [0xFF], [0xED, 0xA0, 0x80], [0xEF], [0xBB], [0xBF]]

    private static let words = ["The", " quick", " brown", " fox", " jumps", " over", " it", "."]
    private static let hello = chunk(#""delta":{"content":"Hello"},"finish_reason":null"#)
    private static let stop = chunk(#""delta":{},"finish_reason":"stop""#)
    private static let usage =
        #"{"id":"c-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":8,"cost":0.0012,"x":{"y":[]}}}"#
    private static let done = line(
        #""message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":8,"eval_duration":9"#
    )

    private static func chunk(_ choice: String) -> String {
        #"{"id":"c-1","object":"chat.completion.chunk","created":1,"model":"gpt-4","choices":[{"index":0,\#(choice)}]}"#
    }

    private static func line(_ fields: String) -> String {
        #"{"model":"llama3.2","created_at":"2026-01-01T00:00:00Z",\#(fields)}"# + "\n"
    }

    private static func stream(_ data: [String], _ end: String = "\n") -> [UInt8] {
        bytes(data.map { "data: \($0)\(end)\(end)" }.joined())
    }

    private static func bytes(_ text: some StringProtocol) -> [UInt8] { Array(text.utf8) }
}
