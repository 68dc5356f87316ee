import LanguageModels
import Testing

@testable import LLMService

@Suite("A conversation that is too long for the model")
struct TooLongTests {
    @Test("is asked once more with half of it", arguments: [true, false])
    func halved(helps: Bool) async throws {
        let bench = Bench()
        for number in 0..<4 { try await bench.converse("\(number)") }
        let pending = try bench.chat("x")
        let first = try await bench.provider.next()
        #expect(first.request.messages.count == 10)
        first.fail(ProviderError(.tooLong, "too long"))
        let second = try await bench.provider.next()
        #expect(second.request.messages.map(\.content).dropFirst() == ["3", "re: 3", "x"])
        guard helps else {
            second.fail(ProviderError(.tooLong, "too long"))
            #expect(try await pending.told() == "context_too_long: too long")
            #expect(bench.provider.requests.count == 6)
            return
        }
        second.answer("there")
        let context = try #require(try await pending.outcome().get().context)
        #expect(context.messages == 3 && context.dropped == 6)
    }

    @Test("is not sent at all to one whose window is known", arguments: [(8192, 3), (800, 1), (400, 0)])
    func window(tokens: Int, turns: Int) async throws {
        let bench = Bench(PuppetProvider(contextWindow: tokens))
        for number in 0..<3 { try await bench.converse("\(number)" + String(repeating: "x", count: 250)) }
        let pending = try bench.chat("now")
        let call = try await bench.provider.next()
        // Half of a small window is left to the answer, and a token is counted as three bytes.
        #expect(call.request.messages.count == turns * 2 + 2)
        call.answer("there")
        let context = try #require(try await pending.outcome().get().context)
        #expect(context.dropped == (3 - turns) * 2)
    }

    @Test("is not asked about again once a word is out")
    func afterADelta() async throws {
        let bench = Bench()
        try await bench.converse("1")
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let pending = Pending(try bench.service.submit(work, options: RequestOptions()), deltas: { _ in })
        let call = try await bench.provider.next()
        call.deltas?("Hel")
        call.fail(ProviderError(.tooLong, "too long"))
        #expect(
            try await pending.told() == "provider_unavailable: the language model failed in the middle of its answer")
        #expect(bench.provider.requests.count == 2)
    }

    @Test("cannot be made shorter where it is a single question")
    func single() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(.tooLong, "too long"))
        #expect(try await pending.told() == "context_too_long: too long")
        #expect(bench.provider.requests.count == 1)
    }
}
