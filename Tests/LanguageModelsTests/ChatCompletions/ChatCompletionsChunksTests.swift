import JSON
import Testing

@testable import LanguageModels

@Suite("Chunks of a chat completion")
struct ChatCompletionsChunksTests {
    private func read(_ chunks: String...) throws -> (chunks: ChatCompletionsChunks, text: [String]) {
        var all = ChatCompletionsChunks()
        let text = try chunks.map { try all.read(Array($0.utf8)) }
        return (all, text)
    }

    @Test("add up")
    func sum() throws {
        let (chunks, text) = try read(
            #"{"model":"m","choices":[{"delta":{"content":"H"}}]}"#,
            #"{"model":"n","choices":[{"delta":{"content":"i"},"finish_reason":"length"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"cost":0.5}}"#)
        #expect(text == ["H", "i", ""] && chunks.text.content == "Hi" && chunks.model == "m")
        #expect(chunks.finishReason == "length" && !chunks.hasError)
        #expect(chunks.usage == TokenUsage(promptTokens: 3, completionTokens: 4, cost: 0.5))
    }

    @Test(
        "tell whether the model has begun",
        arguments: [
            (#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#, false), (#"{"choices":[]}"#, false),
            (#"{"choices":[{"delta":{"content":null,"reasoning":null,"tool_calls":null}}]}"#, false),
            (#"{"choices":[{"delta":{"reasoning":"","reasoning_content":""}}]}"#, false), ("[]", false), ("7", false),
            (#"{"choices":[{"delta":{"content":"x"}}]}"#, true),
            (#"{"choices":[{"delta":{"content":"<think>"}}]}"#, true),
            (#"{"choices":[{"delta":{"reasoning":"x"}}]}"#, true),
            (#"{"choices":[{"delta":{"reasoning_content":"x"}}]}"#, true),
            (#"{"choices":[{"delta":{"reasoning_details":[{}]}}]}"#, true),
            (#"{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#, true),
        ])
    func begun(chunk: String, hasBegun: Bool) throws {
        #expect(try read(chunk).chunks.hasBegun == hasBegun)
    }

    @Test(
        "are read whatever kind their fields are of",
        arguments: [
            #"{"choices":{"delta":{"content":"x"}}}"#, #"{"choices":[7,null,"x"]}"#, #"{"choices":[{"delta":[1]}]}"#,
            #"{"choices":[{"delta":{"content":{"a":1},"refusal":7,"tool_calls":"x"},"finish_reason":{}}]}"#,
            #"{"model":{},"usage":[],"error":false,"object":[]}"#, #"{"choices":[],"choices":null}"#, "null", "\"x\"",
        ])
    func kinds(chunk: String) throws {
        let (chunks, text) = try read(chunk)
        #expect(text == [""] && chunks.text.content.isEmpty && chunks.finishReason == nil && !chunks.hasError)
        #expect(chunks.model == nil && chunks.usage == nil && chunks.tools.isEmpty && chunks.refusal.isEmpty)
    }

    @Test(
        "do not end with half a chunk",
        arguments: ["", "{", #"{"choices":[{"finish_reason":"stop","delta":{"content":"x"#])
    func broken(chunk: String) {
        var chunks = ChatCompletionsChunks()
        #expect(throws: JSONError.self) { try chunks.read(Array(chunk.utf8)) }
        #expect(chunks.finishReason == nil && chunks.text.content.isEmpty)
    }

    @Test("may end with a whole message, which counts only where nothing came before")
    func message() throws {
        let last = #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
        #expect(try read(last).text == ["Hi"])
        #expect(try read(#"{"choices":[{"delta":{"content":"Hi"}}]}"#, last).chunks.text.content == "Hi")
        // What came before may have been thoughts.
        #expect(try read(#"{"choices":[{"delta":{"content":"<think>"}}]}"#, last).chunks.text.content.isEmpty)
    }
}

@Suite("Tool calls in pieces")
struct ToolCallPiecesTests {
    @Test(
        "are put together",
        arguments: [
            // With an index each, as OpenAI sends them.
            (
                [
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                    #"[{"index":0,"function":{"arguments":"{\"x"}}]"#,
                    #"[{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]"#,
                    #"[{"index":0,"function":{"arguments":"\":1}"}},{"index":1,"function":{"arguments":"}"}}]"#,
                ], [#"a f {"x":1}"#, "b g {}"]
            ),
            // Ids and names repeated, or empty, in later pieces.
            (
                [
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                    #"[{"index":0,"id":"","function":{"name":"","arguments":"}"}}]"#,
                    #"[{"index":0,"id":null,"function":{"name":"f","arguments":" "}}]"#,
                ], ["a f {} "]
            ),
            // A name in pieces.
            (
                [#"[{"index":0,"id":"a","function":{"name":"get_"}}]"#, #"[{"index":0,"function":{"name":"x"}}]"#],
                ["a get_x "]
            ),
            // Without an index: told apart by ids, or by names.
            (
                [
                    #"[{"id":"a","function":{"name":"f","arguments":"{"}}]"#, #"[{"function":{"arguments":"}"}}]"#,
                    #"[{"id":"b","function":{"name":"f","arguments":"[]"}}]"#,
                ], ["a f {}", "b f []"]
            ),
            (
                [#"[{"function":{"name":"f","arguments":"1"}},{"function":{"name":"f","arguments":"2"}}]"#],
                [" f 1", " f 2"]
            ),
            // Whole ones, as Ollama sends them: an object each.
            (
                [
                    #"[{"function":{"name":"f","arguments":{"x":1}}}]"#, #"[{"function":{"name":"g","arguments":{}}}]"#,
                    #"[{"function":{"index":0,"name":"f","arguments":{}}}]"#,
                ], [#" f {"x":1}"#, " g {}", " f {}"]
            ),
            // The older shape.
            ([#"{"name":"f","arguments":"{"}"#, #"{"arguments":"}"}"#], [" f {}"]),
            // Whole ones, of which each has the index 0 (Ollama's `/v1`): told apart by ids,
            (
                [
                    #"[{"index":0,"id":"call_a","function":{"name":"read","arguments":"{\"path\":\"hello.py\"}"}}]"#,
                    #"[{"index":0,"id":"call_b","function":{"name":"read","arguments":"{\"path\":\"world.py\"}"}}]"#,
                ], [#"call_a read {"path":"hello.py"}"#, #"call_b read {"path":"world.py"}"#]
            ),
            // or by names,
            (
                [
                    #"[{"index":0,"function":{"name":"f","arguments":""}}]"#,
                    #"[{"index":0,"function":{"name":"g","arguments":"{}"}},{"index":0,"function":{"name":"h","arguments":"{"}}]"#,
                ], [" f ", " g {}", " h {"]
            ),
            // or by the text that comes after a whole one, be there braces in it.
            (
                [
                    #"[{"index":0,"function":{"name":"f","arguments":"{\"a\":\"}{\\\"\",\"b\":[{"}}]"#,
                    #"[{"index":0,"function":{"arguments":"}]}"}},{"index":0,"function":{"arguments":"\n"}}]"#,
                    #"[{"index":0,"function":{"arguments":"{\"a\":1"}},{"index":0,"function":{"arguments":"}"}}]"#,
                ], [" f {\"a\":\"}{\\\"\",\"b\":[{}]}\n", #" f {"a":1}"#]
            ),
            // Mixed pieces of the same index, told apart by their ids.
            (
                [
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":0,"id":"b","function":{"name":"g","arguments":"["}}]"#,
                    #"[{"index":0,"id":"a","function":{"arguments":"}"}},{"index":0,"id":"b","function":{"arguments":"]"}}]"#,
                ], ["a f {}", "b g []"]
            ),
            // An id for each piece (older vLLM), and all of a call once more at its end.
            (
                [
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                    #"[{"index":0,"id":"b","function":{"arguments":"}"}}]"#,
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                ], ["a f {}"]
            ),
            // A character that is cut.
            (
                [
                    #"[{"index":0,"id":"a","function":{"name":"f","arguments":"[\"\ud83d"}}]"#,
                    #"[{"index":0,"function":{"arguments":"\ude00\"]"}}]"#,
                ], ["a f [\"😀\"]"]
            ),
            // No calls.
            (["null", "[]", "7", #""x""#], []),
        ])
    func assembled(pieces: [String], calls: [String]) throws {
        var tools = ToolCallPieces()
        for piece in pieces { try tools.read(piece) }
        #expect(tools.calls.map { "\($0.hasOurID ? "" : $0.id) \($0.name) \($0.arguments)" } == calls)
        #expect(Set(tools.calls.map(\.id)).count == calls.count)
    }

    @Test("each has an id of its own, which templates take")
    func ids() throws {
        var tools = ToolCallPieces()
        for id in ["", "a", "a", "", "b"] {
            try tools.read(#"[{"id":"\#(id)","function":{"name":"f","arguments":{}}}]"#, areWhole: true)
        }
        let ids = tools.calls.map(\.id)
        #expect(Set(ids).count == 5 && ids[1] == "a" && ids[4] == "b")
        #expect([0, 2, 3].allSatisfy { tools.calls[$0].hasOurID && tools.calls[$0].id.utf8.count == 9 })
    }

    @Test("are bounded in number and in size")
    func bounded() throws {
        var tools = ToolCallPieces()
        for index in 0..<1000 {
            try tools.read(#"[{"index":\#(index),"id":"a","function":{"name":"f","arguments":"{}"}}]"#)
        }
        #expect(tools.calls.count == 128)
        tools = ToolCallPieces()
        let large = String(repeating: "x", count: 1 << 19)
        for _ in 0..<9 { try tools.read(#"[{"index":0,"function":{"arguments":"\#(large)"}}]"#) }
        #expect(tools.calls.reduce(0) { $0 + $1.arguments.utf8.count } == 1 << 20)
    }
}

extension ToolCallPieces {
    fileprivate var calls: [ToolCall] { calls(from: .init(provider: "p", model: "m")) }

    fileprivate mutating func read(_ calls: String, areWhole: Bool = false) throws(JSONError) {
        var reader = JSONReader(Array(calls.utf8))
        try reader.document { reader throws(JSONError) in try read(&reader, areWhole: areWhole) }
    }
}
