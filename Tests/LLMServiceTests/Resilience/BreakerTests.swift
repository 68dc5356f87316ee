import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite("A provider that mostly fails is left alone")
struct BreakerTests {
    private func fail(_ bench: Bench, _ times: Int) async throws {
        for _ in 0..<times {
            let pending = try bench.chat("x")
            try await bench.provider.next().fail(ProviderError(.unavailable, "away"))
            #expect(try await pending.told() == "provider_unavailable: away")
        }
    }

    private func breaker(_ bench: Bench) async throws -> BreakerState {
        try await #require(bench.service.status().providers.first).breaker
    }

    @Test("until it answers a single request again")
    func opensAndCloses() async throws {
        let bench = Bench()
        try await fail(bench, 9)
        #expect(try await breaker(bench) == .closed)
        try await fail(bench, 1)
        #expect(try await breaker(bench) == .open)

        let refused = try await bench.chat("y").outcome()
        if case .failure(let error) = refused {
            #expect(
                error.code == .providerUnavailable && error.retryAfter == .seconds(30) && error.provider == "puppet")
        }
        #expect(throws: LLMError.self) { try refused.get() }
        #expect(bench.provider.requests.count == 10)

        bench.time.advance(by: .seconds(30))
        #expect(try await breaker(bench) == .halfOpen)
        let probe = try bench.chat("z", "b")
        let call = try await bench.provider.next()
        // Only one at a time tries.
        #expect(try await bench.chat("y", "c").told().hasPrefix("provider_unavailable: "))
        call.answer("there")
        #expect(try await probe.told() == "there")
        #expect(try await breaker(bench) == .closed)
        try await bench.converse("again")

        let states = bench.events.all.compactMap { event -> BreakerState? in
            if case .breaker("puppet", let state, _) = event { state } else { nil }
        }
        #expect(states == [.open, .halfOpen, .closed])
    }

    @Test("and again, where the one that tried has failed")
    func reopens() async throws {
        let bench = Bench()
        try await fail(bench, 10)
        bench.time.advance(by: .seconds(30))
        try await fail(bench, 1)
        #expect(try await breaker(bench) == .open)
        #expect(try await bench.chat("y").told().contains("failed too often"))
    }

    @Test(
        "at once, where its key is refused or its credit is spent, and the reason stays the reason",
        arguments: [(.authentication, "provider_auth"), (.quota, "provider_quota")] as [(ProviderError.Code, String)])
    func trips(code: ProviderError.Code, name: String) async throws {
        let bench = Bench()
        let first = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(code, "see to it"))
        #expect(try await first.told() == "\(name): see to it")
        #expect(try await breaker(bench) == .open)
        #expect(try await bench.chat("y").told() == "\(name): see to it")
        #expect(bench.provider.requests.count == 1)
        bench.time.advance(by: .seconds(30))
        try await bench.converse("again")
    }

    @Test("and the next one is asked in its place, without a delay")
    func skipped() async throws {
        let second = PuppetProvider("second")
        let bench = Bench(others: [second], fallback: ["second"])
        for asked in 1...3 {
            let pending = try bench.chat("x")
            if asked == 1 { try await bench.provider.next().fail(ProviderError(.authentication)) }
            try await second.next().answer("there")
            let answer = try await pending.outcome().get()
            #expect(answer.provider == "second" && answer.attempts == (asked == 1 ? 2 : 1))
        }
        #expect(bench.provider.requests.count == 1)
        let status = try await bench.service.status()
        #expect(status.isHealthy)
        #expect(status.providers.map(\.isAvailable) == [false, true])
    }

    @Test("also where it hangs, and nobody waits as long as it might")
    func hanging() async throws {
        var settings = ServiceSettings()
        settings.resilience.breaker.window = .seconds(300)
        let bench = Bench(settings: settings)
        for _ in 0..<10 {
            let pending = try bench.chat("x", "a", RequestOptions(timeout: .seconds(6)))
            _ = try await bench.provider.next()
            bench.time.advance(by: .seconds(6))
            #expect(try await pending.told() == Told.lateRunning("6 s"))
        }
        #expect(try await breaker(bench) == .open)
    }

    @Test("but not for what is not its fault")
    func ignored() async throws {
        let bench = Bench()
        for code in [.invalidRequest, .contentFiltered, .unknownModel, .tooLong] as [ProviderError.Code] {
            for _ in 0..<10 {
                let pending = try bench.chat("x")
                try await bench.provider.next().fail(ProviderError(code))
                _ = try await pending.outcome()
            }
        }
        #expect(try await breaker(bench) == .closed)
    }

    @Test("no more than so many are with it at once")
    func maxConcurrent() async throws {
        let provider = PuppetProvider()
        let registry = ProviderRegistry()
        registry.register(provider, policy: ProviderPolicy(maxConcurrent: 2))
        let service = LLMService(registry: registry)
        let pending = try (0..<4).map { number in
            Pending(
                try service.submit(.chat(message: "\(number)", channel: "\(number)", username: nil), options: .init()))
        }
        var calls = [try await provider.next(), try await provider.next()]
        #expect(provider.requests.count == 2)
        // One that waits can be stopped, and its place is nobody's.
        #expect(service.cancel(requestID: pending[3].requestID) == 1)
        #expect(try await pending[3].told() == Told.cancelled)
        calls[0].answer("there")
        calls.append(try await provider.next())
        calls[1].answer("there")
        calls[2].answer("there")
        for pending in pending.dropLast() { #expect(try await pending.told() == "there") }
        #expect(provider.requests.count == 3)
    }
}
