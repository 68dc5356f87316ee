import Testing

@testable import OpenAIGateway

@Suite("Texts to embed")
struct EmbeddingPartTests {
    private let texts = Array(repeating: "text", count: 1000)

    @Test("go a few at a time, and as many as their vectors fit once that is known")
    func counts() {
        var parts = EmbeddingParts(maxPayload: 1 << 20, maxInputs: 256)
        #expect(parts.next(of: texts[...]).count == 8)
        parts.came(bytes: 8 * 8000, for: 8)
        #expect(parts.next(of: texts[8...]).count == 65)
        #expect(parts.next(of: texts[990...]) == texts[990...])
        parts.came(bytes: 65 * 100, for: 65)
        #expect(parts.next(of: texts[...]).count == 256)
        // Never fewer than what always fits.
        parts.came(bytes: 1 << 20, for: 8)
        #expect(parts.next(of: texts[...]).count == 8)
    }

    @Test("are no more than the service takes, by number and by bytes, and one at least")
    func bounds() {
        let parts = EmbeddingParts(maxPayload: 1 << 20, maxInputs: 3)
        #expect(parts.next(of: texts[...]).count == 3)
        let long = Array(repeating: String(repeating: "a", count: 50_000), count: 10)
        #expect(parts.next(of: long[...]).count == 2)
        #expect(parts.next(of: [String(repeating: "a", count: 500_000), "b"][...]).count == 1)
    }
}
