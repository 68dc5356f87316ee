import Conversations
import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

/// A request that may come again, by the id of the turn it makes.
@Suite struct RepeatedTurnTests {
    private func options(_ id: String?) -> RequestOptions {
        var options = RequestOptions()
        options.turnID = id
        return options
    }

    @Test func isAnsweredByTheTurnThatIsThere() async throws {
        let bench = Bench()
        try await bench.converse("one", "a", options("t"))
        try await bench.converse("two")
        let again = try await bench.chat("one", "a", options("t")).outcome().get()
        #expect((again.content, again.isCached, again.attempts) == ("re: one", true, 0))
        #expect((again.provider, again.model, again.persona) == ("puppet", "wood", "default"))
        #expect(await bench.turns() == ["one | re: one", "two | re: two"])
        #expect(bench.provider.requests.count == 2)
        // What comes next is asked.
        try await bench.converse("three")
    }

    @Test(arguments: [nil, "other"])
    func anotherOneIsAsked(id: String?) async throws {
        let bench = Bench()
        try await bench.converse("one", "a", options("t"))
        try await bench.converse("one", "a", options(id))
        // In another channel it is another turn.
        try await bench.converse("one", "b", options("t"))
        #expect(await bench.turns() == ["one | re: one", "one | re: one"])
    }

    @Test func soIsARetry() async throws {
        let bench = Bench()
        try await bench.converse("one")
        let first = try bench.start(.retry(channel: "a"), options("r"))
        try await bench.provider.next().answer("better")
        #expect(try await first.told() == "better")
        let again = try bench.start(.retry(channel: "a"), options("r"))
        #expect(try await again.told() == "better")
        #expect(await bench.turns() == ["one | better"])
        #expect(bench.provider.requests.count == 2)
    }

    @Test func afterAResetItIsAskedAgain() async throws {
        let bench = Bench()
        try await bench.converse("one", "a", options("t"))
        _ = await bench.service.reset(channel: "a")
        try await bench.converse("one", "a", options("t"))
        #expect(bench.provider.requests.count == 2)
    }
}
