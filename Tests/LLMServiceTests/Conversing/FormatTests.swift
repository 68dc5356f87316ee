import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite("An answer that is to be JSON")
struct FormatTests {
    private func ask(_ bench: Bench, deltas: DeltaSink? = nil) throws -> Pending {
        var options = RequestOptions(system: "Be brief.")
        options.format = .json
        return Pending(
            try bench.service.submit(.complete(.text("x", system: nil)), options: options), deltas: deltas)
    }

    @Test(
        "is JSON, without what models like to put around it",
        arguments: [
            (#"{"a":1}"#, #"{"a":1}"#), (" [1, 2]\n", "[1, 2]"), ("```json\n{\"a\":1}\n```", #"{"a":1}"#),
            ("```\n3\n```\n", "3"),
        ])
    func json(said: String, content: String) async throws {
        let bench = Bench()
        let words = Recorder<String>()
        let pending = try ask(bench, deltas: { words.append($0) })
        let call = try await bench.provider.next()
        // What cannot be taken back is not handed out before it is known to be JSON.
        #expect(call.deltas == nil)
        #expect(call.request.format == .json)
        #expect(call.request.messages.first?.content.hasPrefix("Be brief.\nAnswer with JSON alone") == true)
        call.answer(said)
        #expect(try await pending.told() == content)
        #expect(words.all == [content])
    }

    @Test("by a schema that the model is told, for one that cannot be held to it")
    func schema() async throws {
        let bench = Bench()
        var options = RequestOptions()
        options.format = ResponseFormat(schemaText: #"{"type":"object"}"#)
        let pending = try bench.start(.complete(.text("x", system: nil)), options)
        let call = try await bench.provider.next()
        #expect(call.request.messages.first?.content.hasSuffix(#"{"type":"object"}"#) == true)
        call.answer("```json\r\n{}\r\n```")
        #expect(try await pending.told() == "{}")
    }

    @Test("with more tokens where they were spent before it was whole")
    func cut() async throws {
        let bench = Bench()
        let pending = try ask(bench)
        try await bench.provider.next().answer("[1, 2", finishReason: .length)
        let second = try await bench.provider.next()
        #expect(second.request.maxTokens == 4096)
        second.answer("[1, 2]")
        #expect(try await pending.told() == "[1, 2]")
    }

    @Test("or is asked for once more, and then an error", arguments: [true, false])
    func notJSON(secondIs: Bool) async throws {
        let bench = Bench()
        let pending = try ask(bench)
        try await bench.provider.next().answer("Sure! {")
        try await bench.provider.next().answer(secondIs ? "{}" : "No.")
        let error = "provider_error: the language model's answer was not the JSON that was asked for"
        #expect(try await pending.told() == (secondIs ? "{}" : error))
        #expect(bench.provider.requests.count == 2)
    }

    @Test(
        "is held against its schema, asked for once more with the fault named, and then an error",
        arguments: [true, false])
    func notTheSchema(secondIs: Bool) async throws {
        let bench = Bench()
        var options = RequestOptions(system: "Be brief.")
        options.format = ResponseFormat(
            schemaText: #"{"type":"object","properties":{"toxic":{"type":"boolean"}},"required":["toxic"]}"#)
        let pending = try bench.start(.complete(.text("x", system: nil)), options)
        let first = try await bench.provider.next()
        first.answer(#"{"toxic":"maybe"}"#, usage: TokenUsage(promptTokens: 10, completionTokens: 2, cost: 0.5))
        let second = try await bench.provider.next()
        let system = try #require(second.request.messages.first?.content)
        #expect(system.hasPrefix(try #require(first.request.messages.first?.content)))
        #expect(system.contains("toxic: expected a boolean, got a string"))
        #expect(!system.contains("maybe"))
        let usage = TokenUsage(promptTokens: 20, completionTokens: 3, cost: 0.25)
        second.answer(secondIs ? #"{"toxic":true}"# : "{}", usage: usage)
        guard secondIs else {
            let text = "the language model's answer was not the JSON that was asked for"
            let told = "provider_error: \(text) (toxic: expected a value, got nothing)"
            return #expect(try await pending.told() == told)
        }
        let answer = try await pending.outcome().get()
        #expect(answer.content == #"{"toxic":true}"#)
        #expect(answer.attempts == 2)
        #expect(answer.usage == TokenUsage(promptTokens: 30, completionTokens: 5, cost: 0.75))
    }
}
