import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("Limits on tokens")
struct TokenTests {
    @Test("refuse once so many are spent, until the day is over")
    func spent() async throws {
        let bench = Bench.limited { $0.user.tokensPerDay = 100 }
        for _ in 0..<4 { #expect(try await bench.ask() == "re: hi") }
        bench.time.advance(by: .seconds(7200))
        #expect(
            try await bench.ask() == "rate_limited: Token limit: 100 tokens/day (resets in 22 hours)")
        #expect(await bench.used("user alice").last == 120)
        bench.time.advance(by: .seconds(79_200))
        #expect(try await bench.ask() == "re: hi")
        #expect(await bench.used("user alice").last == 30)
    }

    @Test("set aside what a request may cost while it is under way")
    func reserved() async throws {
        var settings = ServiceSettings()
        settings.limits.tokensPerDay = 1000
        let bench = Bench(settings: settings)
        let first = try bench.chat("twelve bytes", "a", RequestOptions(maxTokens: 996))
        let call = try await bench.provider.next()
        #expect(await bench.used("all") == [1, 1, 1, 999])
        let second = try bench.chat("hi", "b")
        let other = try await bench.provider.next()
        #expect(await bench.used("all") == [2, 2, 2, 1256])
        #expect(
            try await bench.chat("hi", "c").told()
                == "rate_limited: Token limit: 1000 tokens/day for everybody (resets in 24 hours)")
        #expect(try await bench.service.status().isRateLimited)
        call.answer("one", usage: TokenUsage(promptTokens: 4, completionTokens: 6))
        #expect(try await first.told() == "one")
        other.fail(ProviderError(.unavailable, "gone"))
        #expect(try await second.told().hasPrefix("provider_unavailable"))
        #expect(await bench.used("all") == [2, 2, 2, 10])
    }

    @Test("reckon with the conversation that the model is shown")
    func conversation() async throws {
        var settings = ServiceSettings()
        settings.limits.user.tokensPerDay = 1_000_000
        let bench = Bench(settings: settings)
        for _ in 0..<2 { try await bench.converse(String(repeating: "x", count: 400)) }
        let pending = try bench.chat("1234")
        let call = try await bench.provider.next()
        let spent = await bench.service.stores.usage.value("user alice").spent(bench.time.timestamp)
        // Two turns of 400 and 404 bytes and alice's name, the four of the question, and a usual answer.
        #expect(await bench.used("user alice").last == spent + (2 * 809 + 4 + 3) / 4 + 256)
        call.answer("done")
        _ = try await pending.outcome()
    }

    @Test("take the length of prompt and answer where the provider does not count")
    func uncounted() async throws {
        let bench = Bench.limited(usage: nil) { $0.user.tokensPerDay = 1_000_000 }
        #expect(try await bench.complete("12345678") == "re: 12345678")
        #expect(await bench.used("user alice").last == 5)
    }

    @Test("count what an answer cost that was of no use")
    func empty() async throws {
        var settings = ServiceSettings()
        settings.limits.user.tokensPerDay = 1_000_000
        let bench = Bench(settings: settings)
        let pending = try bench.chat("hi")
        let usage = TokenUsage(promptTokens: 3, completionTokens: 4)
        try await bench.provider.next().answer(" ", finishReason: .length, usage: usage)
        try await bench.provider.next().answer("", usage: usage)
        #expect(try await pending.told().hasPrefix("empty_answer"))
        #expect(await bench.used("user alice") == [1, 1, 1, 14])
    }

    @Test("count what was handed out of an answer that was stopped")
    func stopped() async throws {
        var settings = ServiceSettings()
        settings.limits.user.tokensPerDay = 1_000_000
        let bench = Bench(settings: settings)
        var options = RequestOptions()
        options.caller = .user("alice")
        let submission = try bench.service.submit(.complete(.text("12345678", system: nil)), options: options)
        let pending = Pending(submission, deltas: { _ in })
        let call = try await bench.provider.next()
        await call.deltas?("123456789012")
        #expect(bench.service.cancel(requestID: pending.requestID) == 1)
        #expect(try await pending.told() == Told.cancelled)
        #expect(await bench.used("user alice") == [1, 1, 1, 5])
    }

    @Test("cost nothing where another's answer is given")
    func shared() async throws {
        let bench = Bench.limited(cache: CacheSettings(ttl: .seconds(60))) { $0.user.tokensPerDay = 1_000_000 }
        for name in ["alice", "bob", "bob"] {
            #expect(try await bench.complete(as: .user(name), temperature: 0) == "re: hi")
        }
        #expect(bench.provider.requests.count == 1)
        #expect(await bench.used("user alice") == [1, 1, 1, 30])
        #expect(await bench.used("user bob") == [2, 2, 2, 0])
    }

    @Test("count whoever stands in for the one that was asked")
    func fallback() async throws {
        var settings = ServiceSettings()
        settings.limits.user.tokensPerDay = 1_000_000
        let other = PuppetProvider("other")
        let bench = Bench(others: [other], fallback: ["other"], settings: settings)
        let pending = try bench.chat("hi")
        try await bench.provider.next().fail(ProviderError(.unavailable, "gone"))
        try await other.next().answer("there", usage: TokenUsage(promptTokens: 7, completionTokens: 8))
        #expect(try await pending.told() == "there")
        #expect(await bench.used("user alice") == [1, 1, 1, 15])
    }

    @Test("take no nonsense from a provider", arguments: [Int.max, -5])
    func nonsense(tokens: Int) async throws {
        let usage = TokenUsage(promptTokens: tokens, completionTokens: 0)
        let bench = Bench.limited(usage: usage) { $0.user.tokensPerDay = 1000 }
        #expect(try await bench.ask() == "re: hi")
        #expect(await bench.used("user alice").last == (tokens < 0 ? 0 : 1 << 40))
    }
}
