import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite("Another provider is asked")
struct FallbackTests {
    private let second = PuppetProvider("second", defaultModel: "elm")
    private let third = PuppetProvider("third", defaultModel: "ash")

    @Test(
        "where the first has failed and it may do better",
        arguments: [
            .unavailable, .timeout, .rateLimited, .quota, .authentication, .unknownModel, .badAnswer,
        ] as [ProviderError.Code])
    func next(code: ProviderError.Code) async throws {
        let bench = Bench(others: [second, third], fallback: ["second", "third"])
        let pending = try bench.chat("x", "a", RequestOptions(model: "puppet/oak"))
        try await bench.provider.next().fail(ProviderError(code))
        let call = try await second.next()
        // Another's model is none of its own.
        #expect(call.request.model == nil)
        #expect(call.question == "x")
        call.answer("there", model: "elm-2")
        let answer = try await pending.outcome().get()
        #expect(answer.provider == "second" && answer.model == "elm-2" && answer.attempts == 2)
        #expect(third.requests.isEmpty)
    }

    @Test(
        "but not where it could do no better",
        arguments: [.invalidRequest, .contentFiltered, .tooLong, .cancelled] as [ProviderError.Code])
    func none(code: ProviderError.Code) async throws {
        let bench = Bench(others: [second], fallback: ["second"])
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(code, "no"))
        #expect(try await pending.told().hasSuffix(": no"))
        #expect(second.requests.isEmpty)
    }

    @Test("with the model that the list names")
    func model() async throws {
        let bench = Bench(others: [second], fallback: ["second/root/elm"])
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(.timeout))
        let call = try await second.next()
        #expect(call.request.model == "root/elm")
        call.answer("there")
        #expect(try await pending.told() == "there")
    }

    @Test("one after the other; where all fail, what the first said is what counts")
    func allFail() async throws {
        let bench = Bench(others: [second, third], fallback: ["second", "third"])
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(.quota, "first"))
        try await second.next().fail(ProviderError(.unavailable, "second"))
        try await third.next().fail(ProviderError(.timeout, "third"))
        let outcome = try await pending.outcome()
        #expect(outcome.told == "provider_quota: first")
        if case .failure(let error) = outcome { #expect(error.provider == "puppet" && error.attempts == 3) }
    }

    @Test("also after one that cannot take the request, where the first could")
    func refusedByAStandIn() async throws {
        let bench = Bench(others: [second, third], fallback: ["second", "third"])
        for isAnswered in [true, false] {
            let pending = try bench.chat("x")
            try await bench.provider.next().fail(ProviderError(.unavailable, "first"))
            try await second.next().fail(ProviderError(.invalidRequest, "no pictures"))
            let call = try await third.next()
            if isAnswered { call.answer("there") } else { call.fail(ProviderError(.contentFiltered, "third")) }
            #expect(try await pending.told() == (isAnswered ? "there" : "provider_unavailable: first"))
        }
    }

    @Test("for JSON, and one that has none has no answer")
    func notJSON() async throws {
        let bench = Bench(others: [second, third], fallback: ["second", "third"])
        var options = RequestOptions()
        options.format = .json
        let pending = try bench.start(.complete(.text("x", system: nil)), options)
        try await bench.provider.next().fail(ProviderError(.unavailable, "first"))
        try await second.next().answer("Tell me more.")
        try await third.next().answer("{}")
        #expect(try await pending.told() == "{}")
        #expect(bench.provider.requests.count == 1)
    }

    @Test("by the provider's own list where it has one", arguments: [[], ["third"]])
    func ownList(list: [String]) async throws {
        let registry = ProviderRegistry()
        let first = PuppetProvider()
        registry.register(first, policy: ProviderPolicy(maxRetries: 0, fallback: list))
        for other in [second, third] { registry.register(other, policy: ProviderPolicy(maxRetries: 0)) }
        registry.setFallback(["second"])
        let service = LLMService(registry: registry)
        let pending = Pending(try service.submit(.complete(.text("x", system: nil)), options: RequestOptions()))
        try await first.next().fail(ProviderError(.unavailable, "away"))
        if !list.isEmpty { try await third.next().answer("there") }
        #expect(try await pending.told() == (list.isEmpty ? "provider_unavailable: away" : "there"))
        #expect(second.requests.isEmpty)
    }

    @Test("never for vectors: another's mean something else")
    func embeddings() async throws {
        let bench = Bench(others: [second], fallback: ["second"])
        let error = await #expect(throws: LLMError.self) { try await bench.service.embed(["x"]) }
        #expect(error?.message == "the provider puppet makes no embeddings")
        #expect(error?.provider == "puppet")
    }
}
