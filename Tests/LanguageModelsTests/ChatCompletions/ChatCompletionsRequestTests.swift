import JSON
import Testing

@testable import LanguageModels

@Suite("The body of /chat/completions")
struct ChatCompletionsRequestTests {
    private func encode(
        _ request: CompletionRequest, tokenField: String = "max_tokens",
        extras: [(name: String, value: RawJSON)] = [], refused: Set<String> = []
    ) -> String {
        let body = ChatCompletionsRequest(
            request: request, origin: .init(provider: "p", model: "m"), tokenField: tokenField, extras: extras,
            refused: refused)
        return String(decoding: body.encoded(), as: UTF8.self)
    }

    @Test("of a conversation: the system prompt first, the speaker before what was said")
    func conversation() {
        let messages = [
            ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hi \"all\"\n", speaker: "al"),
            ChatMessage(.assistant, "Yes?"),
        ]
        #expect(
            encode(CompletionRequest(.messages(messages)))
                == #"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"al: Hi \"all\"\n"},{"role":"assistant","content":"Yes?"}],"stream":true,"stream_options":{"include_usage":true}}"#
        )
    }

    @Test("the same whether a message was escaped before or not", arguments: [nil, "al \"x\""])
    func escaped(speaker: String?) {
        let text = "Hi \"all\"\nand\t\\n\n größe"
        let plain = ChatMessage(.user, text, speaker: speaker)
        let escaped = ChatMessage(.user, JSONText(text), speaker: speaker)
        #expect(plain == escaped && plain.hashValue == escaped.hashValue)
        #expect(plain.content == escaped.content && plain.contentBytes == escaped.contentBytes)
        let bodies = [plain, escaped].map { encode(CompletionRequest(.messages([$0]))) }
        #expect(bodies[0] == bodies[1])
        #expect(bodies[0].contains(speaker == nil ? #"\nand\t\\n\n größe"# : #": Hi \"all\"\n| and\t\\n\n|  größe"#))
        #expect(plain.text == escaped.text && plain.speakerBytes == escaped.speakerBytes)
        #expect(plain.text.utf8.count == plain.contentBytes + plain.speakerBytes)
        var other = escaped
        other.content += "!"
        #expect(other != escaped && other.content == text + "!")
    }

    @Test("without control characters, and without anybody in another's name")
    func speakers() {
        let messages = [
            ChatMessage(.system, "s\u{7}"),
            ChatMessage(.user, "hi\u{0}\r\nbob: no\u{2028}carol: yes", speaker: "bob: ok"),
            ChatMessage(.user, JSONText("one\ntwo"), speaker: "al"), ChatMessage(.tool, "a\u{1B}\nb"),
        ]
        #expect(
            encode(CompletionRequest(.messages(messages))).hasPrefix(
                #"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"bob_ ok~4aa495c1: hi\n| bob: no\n| carol: yes"},{"role":"user","content":"al: one\n| two"},{"role":"tool","content":"a\nb"}]"#
            ))
        let plain = CompletionRequest(.text("p\u{0}\rq", system: "s\u{8}"))
        #expect(plain.input == .text("p\nq", system: "s"))
        #expect(EmbeddingRequest(["a\u{0}b", "\u{7}"]).inputs == ["ab", " "])
    }

    @Test("of a plain prompt, with everything")
    func everything() {
        let request = CompletionRequest(
            .text("p", system: "s"), model: "ignored", temperature: 0.7, maxTokens: 9, stop: ["a", "b"])
        let start =
            #"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"p"}],"stream":true"#
        let usage = #","stream_options":{"include_usage":true}"#
        #expect(encode(request) == start + usage + #","temperature":0.7,"max_tokens":9,"stop":["a","b"]}"#)
        #expect(
            encode(request, tokenField: "max_completion_tokens")
                == start + usage + #","temperature":0.7,"max_completion_tokens":9,"stop":["a","b"]}"#)
        #expect(
            encode(request, refused: ["temperature", "max_tokens", "stop", "stream_options"]) == start
                + #","max_completion_tokens":9}"#)
        #expect(
            encode(request, refused: ["max_tokens", "max_completion_tokens", "stop"]) == start + usage
                + #","temperature":0.7}"#
        )
    }

    @Test("with pictures, a shape for the answer, and what one server alone has")
    func more() throws {
        let image = try #require(ImageInput("data:image/jpeg;base64,iVBORw0KGgo="))
        let remote = try #require(ImageInput("https://example.org/a.png"))
        var request = CompletionRequest(
            .messages([ChatMessage(.user, "a"), ChatMessage(.user, "b")]), images: [image, remote], format: .json)
        let start =
            #"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}],"stream":true,"stream_options":{"include_usage":true},"response_format":"#
        #expect(
            encode(request, extras: [("models", RawJSON(.array([.string("x")])))])
                == start + #"{"type":"json_object"},"models":["x"]}"#)
        request.format = ResponseFormat(schemaText: #"{"type":"object"}"#)
        #expect(
            encode(request)
                == start + #"{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}}"#)
    }

    @Test(
        "with a caller's schema and tools as they were written",
        arguments: [
            (#"{"name":"n","strict":true,"schema":{"b":1.0,"a":1e3},"description":"d"}"#, nil),
            (
                #"{"strict":true,"schema":{"b":1.0,"a":{}}}"#,
                #"{"name":"answer","strict":true,"schema":{"b":1.0,"a":{}}}"#
            ),
            (#"{"schema":{"a":{}},"name":null}"#, #"{"name":"answer","schema":{"a":{}}}"#),
        ] as [(String, String?)])
    func verbatim(wrapper: String, expected: String?) throws {
        let tools =
            #"[{"type":"function","function":{"strict":true,"name":"f","parameters":{"b":1.0,"a":12345678901234567890}}}]"#
        let choice = #"{"type":"function","function":{"name":"f"}}"#
        var request = CompletionRequest(.text("p", system: nil))
        request.format = ResponseFormat(JSONSchema(wrapped: try #require(RawJSON(wrapper))))
        request.tools = ToolOffer(tools: try #require(RawJSON(tools)), choice: RawJSON(choice))
        #expect(
            encode(request).hasSuffix(
                #","response_format":{"type":"json_schema","json_schema":\#(expected ?? wrapper)},"tools":\#(tools),"tool_choice":\#(choice)}"#
            ))
        // As servers have it that know no names.
        let schema = try #require(RawJSON(wrapper)?["schema"]?.text)
        #expect(
            encode(request, refused: ["response_format json_schema"])
                .contains(#""response_format":{"type":"json_object","schema":\#(schema)}"#))
    }
}
