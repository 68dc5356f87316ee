import HTTPServing
import LanguageModels
import Testing

@Suite("A provider with several keys")
struct SeveralKeysTests {
    private static func answer(_ wire: Wire) -> HTTPServerResponse { HTTPServerResponse(text: wire.hi) }

    @Test(
        "goes on to the next one where a key is refused, used up, or too busy", arguments: Wire.allCases,
        [401, 402, 429])
    func rotates(wire: Wire, status: Int) async throws {
        try await withServer({ request in
            request.header("Authorization") == "Bearer first"
                ? HTTPServerResponse(status, text: #"{"error":"xyzzy"}"#) : Self.answer(wire)
        }) { base, received in
            let provider = wire.provider(base, keys: ["first", " second\n"])
            let refused = await Outcome(provider)
            guard case .failure(let error) = refused.result else {
                Issue.record("the first key was not used")
                return
            }
            #expect(error.hasOtherKey)
            // From then on it is the second one's turn, for everything.
            #expect(await Outcome(provider).text == "Hi")
            #expect(await Outcome(provider).text == "Hi")
            _ = try? await provider.embed(EmbeddingRequest(["a"]))
            _ = try? await provider.models()
            let keys = received.all.map { $0.header("Authorization") }
            #expect(keys == ["Bearer first"] + Array(repeating: "Bearer second", count: 4))
        }
    }

    @Test("has no other one where all were refused", arguments: Wire.allCases)
    func exhausted(wire: Wire) async throws {
        try await withServer(401, #"{"error":"xyzzy"}"#) { base, received in
            let provider = wire.provider(base, keys: ["first", "second"])
            var others: [Bool] = []
            for _ in 0..<3 {
                if case .failure(let error) = await Outcome(provider).result { others.append(error.hasOtherKey) }
            }
            #expect(others == [true, false, false])
            // The one whose rest ends first is still asked with.
            let keys = received.all.map { $0.header("Authorization") }
            #expect(keys == ["Bearer first", "Bearer second", "Bearer first"])
        }
    }

    @Test("keeps its key through failures that are not the key's", arguments: Wire.allCases, [400, 404, 500, 503])
    func keeps(wire: Wire, status: Int) async throws {
        try await withServer(status, #"{"error":"xyzzy"}"#) { base, received in
            let provider = wire.provider(base, keys: ["first", "second"])
            for _ in 0..<2 {
                if case .failure(let error) = await Outcome(provider).result { #expect(!error.hasOtherKey) }
            }
            #expect(received.all.allSatisfy { $0.header("Authorization") == "Bearer first" })
        }
    }

    @Test("goes on after an error in the middle of a stream too")
    func midStream() async throws {
        try await withServer({ request in
            guard request.header("Authorization") == "Bearer first" else { return Self.answer(.openRouter) }
            return HTTPServerResponse(text: Chunk.stream(#"{"error":{"code":402,"message":"xyzzy"}}"#))
        }) { base, _ in
            let provider = Wire.openRouter.provider(base, keys: ["first", "second"])
            guard case .failure(let error) = await Outcome(provider).result else {
                Issue.record("no failure")
                return
            }
            #expect(error.code == .quota && error.hasOtherKey)
            #expect(await Outcome(provider).text == "Hi")
        }
    }
}
