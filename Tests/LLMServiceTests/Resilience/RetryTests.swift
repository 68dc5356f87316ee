import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite("A provider that fails is asked again")
struct RetryTests {
    private static let away = ProviderError(.unavailable, "away")

    @Test("as often as it may be, each time after a wait, and the answer says how often")
    func attempts() async throws {
        let bench = Bench(retries: 2)
        let pending = try bench.chat("x")
        let timers = bench.time.timersSet
        for retry in 1...2 {
            try await bench.provider.next().fail(Self.away)
            try await bench.time.timersSet(timers + retry)
            #expect(bench.provider.requests.count == retry)
            // Full jitter: somewhere from nothing to half a second, then to a whole one.
            bench.time.advance(by: .milliseconds(500 * retry))
        }
        try await bench.provider.next().answer("there")
        let answer = try await pending.outcome().get()
        #expect(answer.content == "there" && answer.attempts == 3 && answer.provider == "puppet")
        #expect(await bench.turns() == ["x | there"])
    }

    @Test("and no oftener: then the room is told")
    func exhausted() async throws {
        let bench = Bench(retries: 1)
        let pending = try bench.chat("x")
        let timers = bench.time.timersSet
        try await bench.provider.next().fail(Self.away)
        try await bench.time.timersSet(timers + 1)
        bench.time.advance(by: .seconds(1))
        try await bench.provider.next().fail(Self.away)
        let outcome = try await pending.outcome()
        #expect(outcome.told == "provider_unavailable: away")
        #expect(throws: LLMError.self) { try outcome.get() }
        if case .failure(let error) = outcome { #expect(error.attempts == 2) }
    }

    @Test("not before the provider wants to be")
    func askedDelay() async throws {
        let bench = Bench(retries: 1)
        let pending = try bench.chat("x")
        let timers = bench.time.timersSet
        try await bench.provider.next().fail(ProviderError(.rateLimited, "slow down", retryAfter: .seconds(20)))
        try await bench.time.timersSet(timers + 1)
        bench.time.advance(by: .milliseconds(19_999))
        #expect(bench.provider.requests.count == 1)
        bench.time.advance(by: .milliseconds(1))
        try await bench.provider.next().answer("there")
        #expect(try await pending.told() == "there")
    }

    @Test(
        "but not where that is too long for anybody to wait",
        arguments: [(86_400, 300), (61, 300), (31, 30)] as [(Int, Int)])
    func tooLongADelay(asked: Int, budget: Int) async throws {
        let bench = Bench(retries: 2)
        let pending = try bench.chat("x", "a", RequestOptions(timeout: .seconds(budget)))
        try await bench.provider.next().fail(ProviderError(.rateLimited, "slow down", retryAfter: .seconds(asked)))
        let outcome = try await pending.outcome()
        #expect(outcome.told == "provider_rate_limited: slow down")
        if case .failure(let error) = outcome { #expect(error.retryAfter == .seconds(asked)) }
        #expect(bench.provider.requests.count == 1)
    }

    @Test(
        "but not where that does not help",
        arguments: [
            ProviderError(.timeout), ProviderError(.quota), ProviderError(.authentication),
            ProviderError(.unknownModel), ProviderError(.invalidRequest), ProviderError(.contentFiltered),
            ProviderError(.badAnswer), ProviderError(.unavailable, "no", retryable: false),
        ])
    func notRetried(error: ProviderError) async throws {
        let bench = Bench(retries: 2)
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(error)
        _ = try await pending.outcome()
        #expect(bench.provider.requests.count == 1)
    }

    @Test("at once, where another of its keys may do better")
    func otherKey() async throws {
        let bench = Bench(retries: 0)
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(.authentication, "no", hasOtherKey: true))
        try await bench.provider.next().answer("there")
        #expect(try await pending.told() == "there")
        #expect(bench.events.all.count == 1)
        if case .changedKey(let provider, _)? = bench.events.all.first { #expect(provider == "puppet") }
    }

    @Test("and what one key may not is held against nobody, and goes on for so long only")
    func manyKeys() async throws {
        let bench = Bench(retries: 0)
        for isOver in [false, true] {
            let pending = try bench.chat("x")
            for _ in 0..<(isOver ? 17 : 12) {
                try await bench.provider.next().fail(ProviderError(.rateLimited, "slow down", hasOtherKey: true))
            }
            if !isOver { try await bench.provider.next().answer("there") }
            #expect(try await pending.told() == (isOver ? "provider_rate_limited: slow down" : "there"))
        }
        #expect(try await bench.service.status().providers.first?.breaker == .closed)
    }

    @Test("not once a word was handed out")
    func afterADelta() async throws {
        let bench = Bench(others: [PuppetProvider("second")], retries: 2, fallback: ["second"])
        let words = Recorder<String>()
        let submission = try bench.service.submit(
            .chat(message: "x", channel: "a", username: nil), options: RequestOptions())
        let pending = Pending(submission, deltas: { words.append($0) })
        let call = try await bench.provider.next()
        call.deltas?("Hel")
        call.fail(Self.away)
        #expect(try await pending.told() == "provider_unavailable: away")
        #expect(words.all == ["Hel"])
        #expect(bench.provider.requests.count == 1)
    }

    @Test("though a blank beginning is no word yet")
    func afterABlank() async throws {
        let bench = Bench(others: [PuppetProvider("second")], fallback: ["second"])
        let words = Recorder<String>()
        let submission = try bench.service.submit(.complete(.text("x", system: nil)), options: RequestOptions())
        let pending = Pending(submission, deltas: { words.append($0) })
        let call = try await bench.provider.next()
        call.deltas?(" \n")
        call.fail(Self.away)
        let second = try #require(bench.service.registry.get("second") as? PuppetProvider)
        let other = try await second.next()
        other.deltas?("Hi")
        other.answer("Hi")
        #expect(try await pending.told() == "Hi")
        #expect(words.all == ["Hi"])
    }

    @Test("not if it was stopped while it waited", arguments: [true, false])
    func stopped(byCancel: Bool) async throws {
        let bench = Bench(retries: 2)
        let pending = try bench.chat("x", "a", RequestOptions(timeout: .seconds(10)))
        let timers = bench.time.timersSet
        try await bench.provider.next().fail(ProviderError(.rateLimited, "slow down", retryAfter: .seconds(9)))
        try await bench.time.timersSet(timers + 1)
        if byCancel { #expect(bench.service.cancel(channel: "a") == 1) } else { bench.service.abandon() }
        #expect(try await pending.told() == (byCancel ? Told.cancelled : Told.shutdown))
        bench.time.advance(by: .seconds(20))
        #expect(bench.provider.requests.count == 1)
        #expect(bench.service.load == (0, 0))
    }
}
