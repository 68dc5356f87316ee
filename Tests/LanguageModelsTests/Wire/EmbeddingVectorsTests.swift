import HTTPServing
import HTTPTransport
import JSON
import Testing

@testable import LanguageModels

@Suite("Vectors")
struct EmbeddingVectorsTests {
    @Test(
        "in OpenAI's shape",
        arguments: [
            (#"{"data":[{"index":0,"embedding":[1,2.5]},{"index":1,"embedding":[-3,0]}]}"#, [[1, 2.5], [-3, 0]]),
            (#"{"data":[{"index":1,"embedding":[1]},{"index":0,"embedding":[2]}]}"#, [[2], [1]]),
            (#"{"data":[{"embedding":[1]},{"embedding":[2]}]}"#, [[1], [2]]),
            // Too few, too many, twice the same, beyond, empty, of several lengths, of another kind.
            (#"{"data":[{"index":0,"embedding":[1]}]}"#, nil),
            (#"{"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]}"#, nil),
            (#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]}"#, nil),
            (#"{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[2]}]}"#, nil),
            (#"{"data":[{"index":0,"embedding":[1]},{"index":-1,"embedding":[2]}]}"#, nil),
            (#"{"data":[{"embedding":[]},{"embedding":[]}]}"#, nil),
            (#"{"data":[{"embedding":[1]},{"embedding":[1,2]}]}"#, nil),
            (#"{"data":[{"embedding":[1]},{"embedding":["2"]}]}"#, nil), (#"{"data":[{"embedding":"AAAA"},{}]}"#, nil),
            (#"{"data":{}}"#, nil), ("[]", nil), ("null", nil),
        ] as [(String, [[Double]]?)])
    func openAI(body: String, vectors: [[Double]]?) throws {
        let value = try #require(JSONValue.parse(Array(body.utf8)))
        #expect(EmbeddingVectors(openAI: value, count: 2)?.all == vectors)
    }

    @Test(
        "in Ollama's shape",
        arguments: [
            (#"{"embeddings":[[1,2.5],[-3,0]]}"#, [[1, 2.5], [-3, 0]]), (#"{"embeddings":[[1]]}"#, nil),
            (#"{"embeddings":[[1],[]]}"#, nil), (#"{"embeddings":[[1],[1,2]]}"#, nil),
            (#"{"embeddings":[[1],null]}"#, nil),
            (#"{"embeddings":[[1],["x"]]}"#, nil), (#"{"embeddings":[[1],[1],[1]]}"#, nil),
            (#"{"embedding":[1,2]}"#, nil),
        ] as [(String, [[Double]]?)])
    func ollama(body: String, vectors: [[Double]]?) throws {
        let value = try #require(JSONValue.parse(Array(body.utf8)))
        #expect(EmbeddingVectors(ollama: value, count: 2)?.all == vectors)
    }

    private static let openAIAnswer =
        #"{"model":"e-1","data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[3,4]}],"usage":{"prompt_tokens":5,"total_tokens":5}}"#
    private static let ollamaAnswer = #"{"model":"e-1","embeddings":[[1,2],[3,4]],"prompt_eval_count":5}"#

    @Test(
        "over the wire",
        arguments: [
            (
                Wire.openAI, openAIAnswer, "POST /embeddings",
                #"{"model":"text-embedding-3-small","input":["a","b"],"encoding_format":"float"}"#
            ),
            (
                .openRouter, openAIAnswer, "POST /embeddings",
                #"{"model":"openai/text-embedding-3-small","input":["a","b"],"encoding_format":"float"}"#
            ),
            (.ollama, ollamaAnswer, "POST /api/embed", #"{"model":"nomic-embed-text","input":["a","b"]}"#),
        ])
    func wire(wire: Wire, answer: String, line: String, body: String) async throws {
        try await withServer(200, answer) { base, received in
            let made = try await wire.provider(base).embed(EmbeddingRequest(["a", "b"]))
            let usage = TokenUsage(promptTokens: 5, completionTokens: 0)
            #expect(made == Embeddings([[1, 2], [3, 4]], model: "e-1", usage: usage))
            #expect(received.lines == [line] && received.bodies == [body])
            #expect(received.all.first?.header("Authorization") == "Bearer " + Wire.key)
            _ = try await wire.provider(base).embed(EmbeddingRequest(["a", "b"], model: "mine"))
            #expect(received.bodies.last?.hasPrefix(#"{"model":"mine","#) == true)
        }
    }

    @Test(
        "are missing", arguments: Wire.allCases,
        [
            (200, #"{"data":[],"embeddings":[]}"#, "badAnswer"), (200, "xyzzy", "badAnswer"),
            (200, #"{"error":{"code":429,"message":"xyzzy"}}"#, "rateLimited"), (500, "xyzzy", "unavailable"),
            (404, #"{"error":"model not found"}"#, "unknownModel"),
        ])
    func missing(wire: Wire, answer: (status: Int, body: String, code: String)) async throws {
        try await withServer(answer.status, answer.body) { base, _ in
            let error = await #expect(throws: ProviderError.self) {
                try await wire.provider(base).embed(EmbeddingRequest(["a", "b"]))
            }
            #expect(error?.code.description == answer.code)
            #expect(error?.description.contains("xyzzy") == false)
        }
    }

    @Test("are not made without a model for them")
    func noModel() async {
        var settings = ProviderSettings(.openai)
        (settings.baseURL, settings.embeddingModel) = ("http://127.0.0.1:9", nil)
        let provider = OpenAIProvider(settings, client: .shared)
        let error = await #expect(throws: ProviderError.self) { try await provider.embed(EmbeddingRequest(["a"])) }
        #expect(error?.code == .invalidRequest)
    }
}
