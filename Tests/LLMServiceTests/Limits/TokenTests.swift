import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Settings
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
        let first = try bench.chat("twelve bytes", "a", RequestOptions(maxTokens: 97))
        let call = try await bench.provider.next()
        #expect(await bench.used("all") == [1, 1, 1, 100])
        call.answer("one", usage: TokenUsage(promptTokens: 4, completionTokens: 6))
        #expect(try await first.told() == "one")
        #expect(await bench.used("all") == [1, 1, 1, 10])
        // A request keeps a quarter to itself, however long its answer may be.
        let others = try ["b", "c", "d", "e"].map {
            try bench.chat("hi", $0, RequestOptions(maxTokens: Int(Int32.max)))
        }
        var calls: [PuppetCall] = []
        for _ in others { calls.append(try await bench.provider.next()) }
        #expect(await bench.used("all") == [5, 5, 5, 1010])
        let refused = try await bench.chat("hi", "f").outcome()
        #expect(
            refused.told == "rate_limited: Token limit: 1000 tokens/day for everybody, what is left is set aside for "
                + "requests under way (try again in 5s)")
        guard case .failure(let error) = refused else { return }
        #expect(error.retryAfter == .seconds(5))
        #expect(try await bench.service.status().isRateLimited)
        for call in calls { call.fail(ProviderError(.unavailable, "gone")) }
        for other in others { #expect(try await other.told().hasPrefix("provider_unavailable")) }
        #expect(await bench.used("all") == [5, 5, 5, 10])
    }

    @Test("are free again where a process was killed in the middle")
    func killed() async throws {
        var settings = ServiceSettings()
        settings.limits.tokensPerDay = 4
        settings.requestTimeout = .seconds(30)
        let bench = Bench(settings: settings)
        for id in 1...4 {
            _ = try await bench.service.limits.admit(id, .user("alice"), "a", tokens: 1_000_000)
        }
        bench.time.advance(by: .seconds(88))
        #expect(try await bench.chat("hi").told().hasSuffix("requests under way (try again in 2s)"))
        bench.time.advance(by: .seconds(2))
        try await bench.converse("hi")
    }

    @Test("count the prompt of what was stopped, or came too late", arguments: [true, false])
    func asked(isCancelled: Bool) async throws {
        var settings = ServiceSettings()
        settings.requestTimeout = .seconds(30)
        settings.limits.user.tokensPerDay = 1_000_000
        let bench = Bench(settings: settings)
        var options = RequestOptions()
        options.caller = .user("alice")
        let pending = try bench.start(.complete(.text("12345678", system: nil)), options)
        _ = try await bench.provider.next()
        if isCancelled {
            #expect(bench.service.cancel(requestID: pending.requestID) == 1)
        } else {
            bench.time.advance(by: settings.requestTimeout)
        }
        #expect(try await pending.told().hasPrefix(isCancelled ? "cancelled" : "timeout"))
        #expect(await bench.used("user alice") == [1, 1, 1, 2])
    }

    @Test("let nobody wait until they are settled")
    func settling() async throws {
        let usage = HeldUsage()
        var settings = ServiceSettings()
        settings.limits.user.tokensPerDay = 1
        let service = LLMService(
            registry: ProviderRegistry([ScriptedProvider()]), settings: settings, stores: ServiceStores(usage: usage))
        let answer = try await within { try await service.chat("hello", channel: "a", username: "alice").content }
        #expect(!answer.isEmpty)
        #expect(await usage.value("user alice").spent(SystemTime().timestamp) > 0)
        usage.gate.open()
        await service.background.finish()
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
        call.deltas?("123456789012")
        #expect(bench.service.cancel(requestID: pending.requestID) == 1)
        #expect(try await pending.told() == Told.cancelled)
        #expect(await bench.used("user alice") == [1, 1, 1, 5])
    }

    @Test("cost nothing where another's answer is given")
    func shared() async throws {
        let bench = Bench.limited(cache: CacheSettings().with { $0.ttl = .seconds(60) }) {
            $0.user.tokensPerDay = 1_000_000
        }
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

/// Usage that is kept at once, and says so only when it may; but for requests that are to begin.
private final class HeldUsage: DocumentStore {
    let gate = Gate()
    private let documents = MemoryDocuments<Usage>()

    func value(_ key: String) async -> Usage { await documents.value(key) }

    func begin(_ key: String, _ change: UsageChange) -> @Sendable () async -> Changed<UsageOutcome> {
        let wait = documents.begin(key, change)
        if case .reserve = change { return wait }
        return { [gate] in
            await gate.pass()
            return await wait()
        }
    }

    func note(_ key: String, _ change: UsageChange) { documents.note(key, change) }
}
