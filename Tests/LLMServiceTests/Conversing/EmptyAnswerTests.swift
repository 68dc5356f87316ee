import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite struct EmptyAnswerTests {
    private static let empty = "empty_answer: the language model had nothing to say"

    @Test(
        arguments: [
            (nil, 4096), (1, 4096), (1024, 4096), (2048, 8192), (100_000, 400_000), (Int.max / 4, Int.max - 3),
            (Int.max, Int.max),
        ] as [(Int?, Int)])
    func aSpentBudgetIsMadeLargerOnce(budget: Int?, larger: Int) async throws {
        let bench = Bench()
        let pending = try bench.chat("x", "a", RequestOptions(maxTokens: budget))
        try await bench.provider.next().answer(" \n", finishReason: .length)
        try await bench.provider.next().answer("there")
        let answer = try await pending.outcome().get()
        #expect(answer.content == "there")
        #expect(answer.attempts == 2)
        #expect(bench.provider.requests.map(\.maxTokens) == [budget, larger])
        #expect(bench.provider.requests.map(\.input).first == bench.provider.requests.map(\.input).last)
        #expect(await bench.turns() == ["x | there"])
    }

    @Test(arguments: ["", " ", "\n\n"])
    func twiceEmptyIsAnError(text: String) async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        try await bench.provider.next().answer(text, finishReason: .length)
        try await bench.provider.next().answer(text, finishReason: .length)
        let outcome = try await pending.outcome()
        #expect(outcome.told == Self.empty)
        #expect(throws: LLMError.self) { try outcome.get() }
        #expect(bench.provider.requests.count == 2)
        #expect(await bench.turns() == [])
    }

    @Test(arguments: [FinishReason.stop, .contentFilter, .toolCalls, FinishReason(rawValue: "other")])
    func anEmptyAnswerWithBudgetLeftIsNotAskedForAgain(reason: FinishReason) async throws {
        let bench = Bench()
        let pending = try bench.start(.complete(.text("x", system: nil)))
        try await bench.provider.next().answer(" ", finishReason: reason)
        #expect(try await pending.told() == Self.empty)
        #expect(bench.provider.requests.count == 1)
    }

    @Test func theSecondTryMayFailToo() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        try await bench.provider.next().answer("", finishReason: .length)
        try await bench.provider.next().fail(ProviderError(.quota, "no credit is left"))
        #expect(try await pending.told() == "provider_quota: no credit is left")
    }

    @Test func itCanBeStoppedBetweenTheTries() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        try await bench.provider.next().answer("", finishReason: .length)
        _ = try await bench.provider.next()
        #expect(bench.service.cancel(requestID: pending.requestID) == 1)
        #expect(try await pending.told() == Told.cancelled)
        #expect(await bench.turns() == [])
    }

    @Test func aSpentBudgetWithSomeTextIsAnAnswer() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        try await bench.provider.next().answer("as far as", finishReason: .length)
        let answer = try await pending.outcome().get()
        #expect(answer.content == "as far as")
        #expect(answer.attempts == 1)
    }

    /// The pieces in order are the answer, though one was begun and given up before.
    @Test func theBlankOfATryThatFailedIsNotPartOfTheAnswer() async throws {
        let bench = Bench()
        let pieces = Recorder<String>()
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let pending = Pending(try bench.service.submit(work, options: RequestOptions()), deltas: { pieces.append($0) })
        let first = try await bench.provider.next()
        first.deltas?("\n")
        first.deltas?(" ")
        first.answer("\n ", finishReason: .length)
        let second = try await bench.provider.next()
        for piece in [" ", "Hel", "lo"] { second.deltas?(piece) }
        second.answer(" Hello")
        #expect(try await pending.told() == " Hello")
        #expect(pieces.all.joined() == " Hello")
    }
}
