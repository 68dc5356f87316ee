import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Settings
import Testing

@testable import LLMService

@Suite("The same request gets the same answer")
struct CacheTests {
    private let bench: Bench

    init() {
        var settings = ServiceSettings()
        settings.cache = CacheSettings().with { $0.ttl = .seconds(60) }
        bench = Bench(settings: settings)
    }

    private func ask(_ prompt: String = "x", temperature: Double = 0, deltas: DeltaSink? = nil) throws -> Pending {
        let work = Work.complete(.text(prompt, system: nil))
        return Pending(
            try bench.service.submit(work, options: RequestOptions(temperature: temperature)), deltas: deltas)
    }

    @Test("for a while")
    func kept() async throws {
        let first = try ask()
        try await bench.provider.next().answer("there", usage: TokenUsage(promptTokens: 3, completionTokens: 1))
        #expect(try await !first.outcome().get().isCached)
        let words = Recorder<String>()
        let second = try await ask(deltas: { words.append($0) }).outcome().get()
        #expect(second.content == "there" && second.isCached && second.attempts == 0 && second.model == "oak")
        #expect(words.all == ["there"])
        bench.time.advance(by: .seconds(60))
        let third = try ask()
        try await bench.provider.next().answer("here")
        #expect(try await third.told() == "here")
        #expect(bench.provider.requests.count == 2)
    }

    @Test("while it is on its way")
    func shared() async throws {
        let first = try ask()
        let call = try await bench.provider.next()
        let others = try (0..<3).map { _ in try ask() }
        call.answer("there")
        #expect(try await !first.outcome().get().isCached)
        for other in others {
            let answer = try await other.outcome().get()
            #expect(answer.content == "there" && answer.isCached && answer.attempts == 0)
        }
        #expect(bench.provider.requests.count == 1)
    }

    @Test("unless chance is wanted, it is a conversation, or something in it differs")
    func notTheSame() async throws {
        for (prompt, temperature) in [("x", 0.1), ("x", 0.1), ("x", 0), ("y", 0)] {
            let pending = try ask(prompt, temperature: temperature)
            try await bench.provider.next().answer("there")
            #expect(try await !pending.outcome().get().isCached)
        }
        let options = RequestOptions(temperature: 0)
        try await bench.converse("x", "a", options)
        try await bench.converse("x", "b", options)
        #expect(bench.provider.requests.count == 6)
    }

    @Test("but not that of somebody who stood in")
    func standIn() async throws {
        var settings = ServiceSettings()
        settings.cache = CacheSettings().with { $0.ttl = .seconds(60) }
        let second = PuppetProvider("second")
        let bench = Bench(others: [second], fallback: ["second"], settings: settings)
        let options = RequestOptions(temperature: 0)
        let first = try bench.start(.complete(.text("x", system: nil)), options)
        try await bench.provider.next().fail(ProviderError(.timeout))
        try await second.next().answer("small talk")
        #expect(try await first.told() == "small talk")
        let again = try bench.start(.complete(.text("x", system: nil)), options)
        try await bench.provider.next().answer("there")
        #expect(try await again.told() == "there")
    }

    @Test("but a failure is nobody else's")
    func failure() async throws {
        let first = try ask()
        try await bench.provider.next().fail(ProviderError(.invalidRequest, "no"))
        #expect(try await first.told() == "provider_error: no")
        let second = try ask()
        try await bench.provider.next().answer("there")
        #expect(try await second.told() == "there")
    }
}
