import Conversations
import LanguageModels
import Testing

@testable import LLMService

@Suite("A model's window in tokens")
struct TokenWindowTests {
    private static let long = String(repeating: "x", count: 995)

    /// Six turns of 2000 bytes, and then a question. How many turns its prompt has.
    private func shown(
        _ limits: [String: Int], contextWindow: Int? = nil, _ options: RequestOptions = RequestOptions()
    ) async throws -> Int {
        var settings = ServiceSettings(maxContextMessages: 100)
        settings.context.maxTokens = limits
        settings.context.summarizeAfter = 0
        let bench = Bench(PuppetProvider(contextWindow: contextWindow), settings: settings)
        for _ in 0..<6 { try await bench.converse(Self.long) }
        let pending = try bench.chat("now", "a", options)
        let call = try await bench.provider.next()
        call.answer("there")
        #expect(call.request.contextWindow == settings.context.maxTokens(provider: "puppet", model: "wood"))
        let context = try #require(try await pending.outcome().get().context)
        #expect(context.messages == call.request.messages.count - 1)
        #expect(context.dropped == 12 - (context.messages - 1))
        return (context.messages - 1) / 2
    }

    @Test(
        "is set by model, or for all; the smaller one counts",
        arguments: [
            ([:], nil, 6), (["default": 4096], nil, 4), (["wood": 3000, "default": 10_000], nil, 2),
            (["puppet/wood": 4096, "wood": 100, "default": 100], nil, 4), (["oak": 100], nil, 6),
            (["default": 4096], 3000, 2), (["default": 3000], 4096, 2), ([:], 4096, 4), (["default": 64], nil, 0),
        ] as [([String: Int], Int?, Int)])
    func limits(limits: [String: Int], window: Int?, turns: Int) async throws {
        #expect(try await shown(limits, contextWindow: window) == turns)
    }

    @Test("leaves the room that the answer may take", arguments: [(100, 5), (2048, 2)])
    func answer(tokens: Int, turns: Int) async throws {
        #expect(try await shown(["default": 4096], RequestOptions(maxTokens: tokens)) == turns)
    }

    // MARK: what is learnt

    private func rate(_ bench: Bench) -> Double {
        bench.service.estimator.rate(of: TokenEstimator.Model(provider: "puppet", name: "wood")).bytesPerToken
    }

    /// A whole turn whose prompt was counted at five bytes a token.
    private func turn(_ bench: Bench, _ options: RequestOptions = RequestOptions(), cut: Bool = false) async throws {
        let pending = try bench.chat(Self.long, "a", options)
        let call = try await bench.provider.next()
        call.answer("{}", usage: Self.usage(call.request))
        _ = try await pending.outcome().get()
    }

    private static func usage(_ request: CompletionRequest) -> TokenUsage {
        let bytes = request.messages.reduce(0) { $0 + $1.text.utf8.count }
        return TokenUsage(promptTokens: bytes / 5 + request.messages.count * 4, completionTokens: 3)
    }

    @Test("is measured with what the provider counts")
    func learnt() async throws {
        let bench = Bench()
        #expect(rate(bench) == 3)
        try await turn(bench)
        #expect(abs(rate(bench) - 3.5) < 0.02)
        try await turn(bench)
        #expect(abs(rate(bench) - 3.875) < 0.02)
    }

    @Test("is not measured with what has more in it than text")
    func more() async throws {
        let bench = Bench()
        var options = RequestOptions()
        options.format = .json
        try await turn(bench, options)
        options = RequestOptions()
        options.images = [try #require(ImageInput("data:image/png;base64,iVBORw0KGgo="))]
        try await turn(bench, options)
        #expect(rate(bench) == 3)
    }

    @Test("is not measured with a prompt that was cut, nor with what another provider counted")
    func others() async throws {
        let cut = Bench(
            PuppetProvider { request in
                var completion = Completion("x", model: "oak", usage: Self.usage(request))
                completion.isPromptCut = true
                return .success(completion)
            })
        _ = try await cut.chat(Self.long).outcome().get()
        #expect(rate(cut) == 3)

        let standIn = PuppetProvider("other") { .success(Completion("x", model: "oak", usage: Self.usage($0))) }
        let bench = Bench(
            PuppetProvider { _ in .failure(ProviderError(.unavailable, "away")) }, others: [standIn],
            fallback: ["other"])
        _ = try await bench.chat(Self.long).outcome().get()
        #expect(rate(bench) == 3)
    }

    @Test("is measured with the shorter prompt where the first was too long")
    func halved() async throws {
        let bench = Bench()
        for _ in 0..<4 { try await bench.converse(Self.long) }
        let pending = try bench.chat("x")
        try await bench.provider.next().fail(ProviderError(.tooLong, "too long"))
        let call = try await bench.provider.next()
        #expect(call.request.messages.count == 4)
        call.answer("there", usage: Self.usage(call.request))
        _ = try await pending.outcome().get()
        #expect(abs(rate(bench) - 3.5) < 0.02)
    }
}
