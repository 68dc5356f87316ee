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
        #expect(text == ["H", "i", ""] && chunks.content == "Hi" && chunks.model == "m")
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
        #expect(text == [""] && chunks.content.isEmpty && chunks.finishReason == nil && !chunks.hasError)
        #expect(chunks.model == nil && chunks.usage == nil && chunks.tools.calls.isEmpty && chunks.refusal.isEmpty)
    }

    @Test(
        "do not end with half a chunk",
        arguments: ["", "{", #"{"choices":[{"finish_reason":"stop","delta":{"content":"x"#])
    func broken(chunk: String) {
        var chunks = ChatCompletionsChunks()
        #expect(throws: JSONError.self) { try chunks.read(Array(chunk.utf8)) }
        #expect(chunks.finishReason == nil && chunks.content.isEmpty)
    }

    @Test("may end with a whole message, which counts only where nothing came before")
    func message() throws {
        let last = #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
        #expect(try read(last).text == ["Hi"])
        #expect(try read(#"{"choices":[{"delta":{"content":"Hi"}}]}"#, last).chunks.content == "Hi")
        // What came before may have been thoughts.
        #expect(try read(#"{"choices":[{"delta":{"content":"<think>"}}]}"#, last).chunks.content.isEmpty)
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
            // No calls.
            (["null", "[]", "7", #""x""#], []),
        ])
    func assembled(pieces: [String], calls: [String]) throws {
        var tools = ToolCallPieces()
        for piece in pieces { tools.read(try #require(JSONValue.parse(Array(piece.utf8)))) }
        #expect(tools.calls.map { "\($0.id) \($0.name) \($0.arguments)" } == calls)
    }

    @Test("are bounded in number and in size")
    func bounded() throws {
        var tools = ToolCallPieces()
        for index in 0..<1000 {
            let piece = #"[{"index":\#(index),"id":"a","function":{"name":"f","arguments":"{}"}}]"#
            tools.read(try #require(JSONValue.parse(Array(piece.utf8))))
        }
        #expect(tools.calls.count == 128)
        let large = JSONValue.array([
            .object([
                "index": .integer(0),
                "function": .object(["arguments": .string(String(repeating: "x", count: 1 << 19))]),
            ])
        ])
        for _ in 0..<9 { tools.read(large) }
        #expect(tools.calls.reduce(0) { $0 + $1.arguments.utf8.count } <= 1 << 20)
    }
}
