import Testing

@testable import Conversations

@Suite("How many tokens a text has")
struct TokenRateTests {
    @Test(
        "is guessed from its bytes and its messages",
        arguments: [(0, 0, 0), (1, 1, 5), (3, 1, 5), (4, 1, 6), (300, 10, 140), (3000, 0, 1000)])
    func guess(bytes: Int, messages: Int, tokens: Int) {
        #expect(TokenRate().tokens(bytes: bytes, messages: messages) == tokens)
    }

    @Test("fills as many bytes as fit", arguments: 0...200, [0, 1, 7])
    func bytes(tokens: Int, messages: Int) {
        var rate = TokenRate()
        rate.learn(bytes: 4100, messages: 0, counted: 1000)
        let bytes = rate.bytes(tokens: tokens, messages: messages)
        if bytes > 0 { #expect(rate.tokens(bytes: bytes, messages: messages) <= tokens) }
        #expect(rate.tokens(bytes: bytes + 4, messages: messages) > tokens || bytes == 0)
    }

    @Test("is learnt", arguments: [1.5, 2.5, 4.2, 5.5])
    func learns(bytesPerToken: Double) {
        var rate = TokenRate()
        var error = abs(rate.bytesPerToken - bytesPerToken)
        for _ in 0..<20 {
            rate.learn(bytes: 10_000, messages: 5, counted: Int(10_000 / bytesPerToken) + 20)
            let next = abs(rate.bytesPerToken - bytesPerToken)
            #expect(next < error || next < 0.01)
            error = next
        }
        #expect(error < 0.01)
    }

    @Test("is not believed beyond what can be", arguments: [(7.9, 6.0), (0.6, 1.0)])
    func bounded(seen: Double, believed: Double) {
        var rate = TokenRate()
        for _ in 0..<50 { rate.learn(bytes: 100_000, messages: 0, counted: Int(100_000 / seen)) }
        #expect(rate.bytesPerToken == believed)
    }

    @Test(
        "is not learnt from what was not counted",
        arguments: [
            // Bytes, messages, tokens: a short prompt, no count, all frames, most of it from a cache, far too many.
            (399, 2, 100), (10_000, 2, 0), (10_000, 2, -5), (1000, 10, 40), (10_000, 2, 300), (10_000, 2, 40_000),
            (10_000, 2, .max - 100),
        ])
    func ignored(bytes: Int, messages: Int, counted: Int) {
        var rate = TokenRate()
        rate.learn(bytes: bytes, messages: messages, counted: counted)
        #expect(rate == TokenRate())
    }

    @Test("is known of each model by itself, and of so many models")
    func estimator() {
        let estimator = TokenEstimator(capacity: 2)
        let models = (0..<3).map { TokenEstimator.Model(provider: "p", name: "\($0)") }
        for model in models.prefix(2) { estimator.learn(model, bytes: 4000, messages: 0, counted: 1000) }
        #expect(estimator.rate(of: models[0]).bytesPerToken == 3.25)
        #expect(estimator.rate(of: TokenEstimator.Model(provider: "q", name: "0")) == TokenRate())
        estimator.learn(models[2], bytes: 4000, messages: 0, counted: 1000)
        #expect(models.map { estimator.rate(of: $0).bytesPerToken } == [3.25, 3, 3.25])
    }
}
