import FoundationEssentials
import HTTPTransport
import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("What a failure leads to")
struct FailurePolicyTests {
    @Test(
        "the same provider again, the next one, a mark against the breaker",
        arguments: [
            (.unavailable, true, true, .counts), (.rateLimited, true, true, .counts), (.timeout, false, true, .counts),
            (.badAnswer, false, true, .counts), (.authentication, false, true, .opens), (.quota, false, true, .opens),
            (.unknownModel, false, true, .nothing), (.invalidRequest, false, false, .nothing),
            (.tooLong, false, false, .nothing), (.contentFiltered, false, false, .nothing),
            (.cancelled, false, false, .nothing),
        ] as [(ProviderError.Code, Bool, Bool, FailurePolicy.Mark)])
    func table(code: ProviderError.Code, again: Bool, next: Bool, mark: FailurePolicy.Mark) {
        let policy = FailurePolicy(ProviderError(code))
        #expect(policy.again == again && policy.next == next && policy.mark == mark)
        // What the provider says of another try counts, but cannot make a refusal worth one.
        #expect(!FailurePolicy(ProviderError(code, "no", retryable: false)).again)
        // A key, a model or a question that is at fault is no mark against all of the provider.
        #expect(FailurePolicy(ProviderError(code, "no", hasOtherKey: true)).mark == .nothing)
        #expect(FailurePolicy(ProviderError(code, "no", blamesProvider: false)).mark == .nothing)
    }

    @Test("a model that wants a sign-in shuts its server to nobody else, a refused key does", arguments: [true, false])
    func signIn(hasKey: Bool) {
        let endpoint = ProviderEndpoint(
            name: "ollama", base: "x", timeouts: HTTPTimeouts(), keys: hasKey ? [Secret("k")] : [], client: .shared)
        let response = HTTPResponse(status: 401, headers: HTTPHeaders(), body: Data(#"{"error":"unauthorized"}"#.utf8))
        let error = OllamaReader(endpoint: endpoint, model: "m").failure(response)
        #expect(error.code == .authentication)
        #expect(FailurePolicy(error).mark == (hasKey ? .opens : .nothing))
    }

    @Test("a key that is too busy rests, even where the provider says at once")
    func busyKeys() {
        let endpoint = ProviderEndpoint(
            name: "p", base: "x", timeouts: HTTPTimeouts(), keys: [Secret("a"), Secret("b")], client: .shared)
        let response = HTTPResponse(status: 429, headers: HTTPHeaders([("retry-after", "0")]), body: Data())
        // The first makes way for the second; when that is busy too there is none.
        #expect(endpoint.withKey().failure(response).hasOtherKey)
        #expect(!endpoint.withKey().failure(response).hasOtherKey)
    }
}
