import CoreTestSupport
import JSON
import LanguageModels
import Testing

@testable import LLMService

@Suite("A call of a tool that a model wrote as text")
struct WrittenCallTests {
    private static let tools =
        #"[{"type":"function","function":{"name":"look"}},{"type":"function","function":{"name":"go"}}]"#

    private func ask(
        _ bench: Bench, choice: String? = nil, offers: Bool = true, deltas: DeltaSink? = nil
    ) throws -> Pending {
        var options = RequestOptions()
        if offers {
            options.tools = ToolOffer(
                tools: try #require(RawJSON(Self.tools)), choice: choice.map { RawJSON(.string($0)) })
        }
        return Pending(
            try bench.service.submit(.complete(.text("x", system: nil)), options: options), deltas: deltas)
    }

    /// The answer where a model writes this text a character at a time, and the pieces of it that were handed on.
    private func answer(_ text: String) async throws -> (Answer, words: String) {
        let bench = Bench()
        let words = Recorder<String>()
        let pending = try ask(bench, deltas: { words.append($0) })
        let call = try await bench.provider.next()
        for character in text { call.deltas?(String(character)) }
        call.answer(text)
        let answer = try await pending.outcome().get()
        return (answer, words.all.joined())
    }

    @Test(
        "is a call where it is all of the answer",
        arguments: [
            (#"{"name":"look","arguments":{"thought":"t","at":1.0}}"#, [#"look {"thought":"t","at":1.0}"#]),
            (#" {"name": "go", "parameters": {}} "#, ["go {}"]),
            (
                "```json\n{\"name\":\"go\",\"arguments\":\"{\\\"b\\\": 1e3, \\\"a\\\": 2}\"}\n```",
                [#"go {"b": 1e3, "a": 2}"#]
            ),
            (#"{"type":"function","function":{"name":"go","arguments":{"z":1}}}"#, [#"go {"z":1}"#]),
            (#"[{"name":"go","arguments":{}},{"name":"look","arguments":{"a":1}}]"#, ["go {}", #"look {"a":1}"#]),
            ("<tool_call>\n{\"name\":\"go\",\"arguments\":{}}\n</tool_call>", ["go {}"]),
            (
                "<tool_call>{\"name\":\"go\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"look\",\"arguments\":{}}",
                ["go {}", "look {}"]
            ),
        ])
    func calls(text: String, expected: [String]) async throws {
        let (answer, words) = try await answer(text)
        #expect(answer.toolCalls.map { "\($0.name) \($0.arguments)" } == expected)
        #expect(
            answer.toolCalls.allSatisfy { !$0.id.isEmpty } && Set(answer.toolCalls.map(\.id)).count == expected.count)
        #expect(answer.content.isEmpty && answer.finishReason == .toolCalls)
        #expect(words.isEmpty)
    }

    @Test(
        "is an answer where it is anything else",
        arguments: [
            #"{"name":"dance","arguments":{}}"#, #"{"name":"look"}"#, #"{"name":"look","arguments":[1]}"#,
            #"{"name":"look","arguments":"soon"}"#, #"{"name":"look","arguments":{}} Done."#,
            #"Sure: {"name":"look","arguments":{}}"#, #"{"name":"look","arguments":{}"#, "[]", "{}", "<b>bold</b>",
            "<tool_call>look</tool_call>", #"<tool_call>{"name":"look","arguments":{}}</tool_call> and more"#,
            #"[{"name":"look","arguments":{}},{"name":"dance","arguments":{}}]"#, "`code` is good", "[1] A source",
        ])
    func answers(text: String) async throws {
        let (answer, words) = try await answer(text)
        #expect(answer.content == text && answer.toolCalls.isEmpty && answer.finishReason == .stop)
        #expect(words == text)
    }

    @Test("is an answer where no tool was offered, or none is to be called", arguments: [true, false])
    func notOffered(offers: Bool) async throws {
        let bench = Bench()
        let text = #"{"name":"look","arguments":{}}"#
        let pending = try ask(bench, choice: "none", offers: offers)
        try await bench.provider.next().answer(text)
        let answer = try await pending.outcome().get()
        #expect(answer.content == text && answer.toolCalls.isEmpty && answer.finishReason == .stop)
    }

    @Test("does not hold up an answer that begins in words")
    func streamed() async throws {
        let bench = Bench()
        let words = Recorder<String>()
        let pending = try ask(bench, deltas: { words.append($0) })
        let call = try await bench.provider.next()
        for piece in [" ", "So", " {"] { call.deltas?(piece) }
        #expect(words.all == [" So", " {"])
        call.deltas?("}")
        call.answer(" So {}")
        #expect(try await pending.told() == " So {}")
        #expect(words.all.joined() == " So {}")
    }
}
