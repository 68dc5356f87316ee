import LanguageModels
import Testing

@testable import LLMService

@Suite struct ProviderFailureTests {
    @Test(
        arguments: [
            (.unavailable, "provider_unavailable", 503, true), (.timeout, "timeout", 504, true),
            (.rateLimited, "provider_rate_limited", 429, true), (.quota, "provider_quota", 502, false),
            (.authentication, "provider_auth", 502, false), (.unknownModel, "unknown_model", 400, false),
            (.tooLong, "context_too_long", 413, false), (.invalidRequest, "provider_error", 502, false),
            (.contentFiltered, "content_filtered", 502, false), (.badAnswer, "provider_error", 502, false),
            (.cancelled, "cancelled", 499, false),
        ] as [(ProviderError.Code, String, Int, Bool)])
    func eachKindHasItsCode(code: ProviderError.Code, name: String, status: Int, isRetryable: Bool) async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        let failure = ProviderError(code, "a short reason", retryAfter: .seconds(30), status: 418, detail: "teapot")
        try await bench.provider.next().fail(failure)
        let outcome = try await pending.outcome()
        let error = try #require(throws: LLMError.self) { try outcome.get() }
        #expect(error.code.name == name)
        #expect(error.code.status == status)
        #expect(error.code.isRetryable == isRetryable)
        #expect(error.message == "a short reason")
        #expect(error.retryAfter == .seconds(30))
        #expect(error.provider == "puppet")
        #expect(error.isProviderFailure)
        #expect(error.detail.contains("teapot"))
        // A room sees the sentence; the log sees it all.
        #expect("\(error)" == "a short reason")
        #expect(String(reflecting: error).contains("teapot"))
        #expect(bench.provider.requests.count == 1)
        #expect(bench.service.load == (0, 0))
    }

    @Test func whereNoProviderIsConfigured() async throws {
        let service = LLMService(registry: ProviderRegistry())
        let expected = "provider_unavailable: no language model is configured"
        #expect(try await service.told("x", channel: "a") == expected)
    }
}
