import HTTPServing
import HTTPTransport
import LanguageModels
import Testing

@Suite("Ollama, over the wire")
struct OllamaProviderTests {
    @Test("answers a conversation and a plain prompt")
    func complete() async throws {
        try await withServer({ request in
            request.path == "/api/chat"
                ? HTTPServerResponse(
                    text: #"{"model":"llama3.2:latest","message":{"content":"Hi"},"done":true,"eval_count":2}"#)
                : HTTPServerResponse(text: #"{"model":"llama3.2","response":"Four","done":true,"prompt_eval_count":7}"#)
        }) { base, received in
            let provider = OllamaProvider(baseURL: base + "/")
            let pieces = Pieces()
            let chat = try await provider.complete(
                CompletionRequest(.messages([ChatMessage(.user, "Hello")]), model: "x"), deltas: pieces.add)
            let usage = TokenUsage(promptTokens: 0, completionTokens: 2)
            #expect(chat.untimed == Completion("Hi", model: "llama3.2:latest", usage: usage))
            #expect(pieces.all == ["Hi"])
            let text = try await provider.complete(CompletionRequest(.text("2+2?", system: nil)), deltas: nil)
            #expect(text.content == "Four")
            #expect(received.lines == ["POST /api/chat", "POST /api/generate"])
            #expect(received.all[0].header("Content-Type") == "application/json")
            #expect(received.bodies[0].hasPrefix(#"{"model":"x","messages""#))
            #expect(received.bodies[1].hasPrefix(#"{"model":"llama3.2","prompt":"2+2?""#))
        }
    }

    @Test("does not call an empty answer a piece")
    func emptyAnswer() async throws {
        try await withServer(200, #"{"message":{"content":"","thinking":"hm"},"done":true,"done_reason":"length"}"#) {
            base, _ in
            let pieces = Pieces()
            let answer = try await OllamaProvider(baseURL: base)
                .complete(CompletionRequest(.messages([ChatMessage(.user, "Hello")])), deltas: pieces.add)
            #expect(answer.content.isEmpty && answer.finishReason == .length && answer.model == "llama3.2")
            #expect(pieces.all.isEmpty)
        }
    }

    @Test(
        "lists what is installed",
        arguments: [
            (#"{"models":[{"name":"a:latest","model":"a:latest"},{"name":"b"},{"size":3},7]}"#, ["a:latest", "b"]),
            (#"{"models":null}"#, []), (#"{"models":[]}"#, []),
        ])
    func tags(body: String, names: [String]) async throws {
        try await withServer(200, body) { base, received in
            let provider = OllamaProvider(baseURL: base)
            let listed = try await provider.models()
            #expect(listed == names)
            #expect(await provider.isAvailable())
            #expect(received.lines == ["GET /api/tags", "GET /api/tags"])
        }
    }

    @Test("is not available where nobody, or somebody else, answers")
    func unavailable() async throws {
        let port = try await withServer(404, "no") { base, _ in
            #expect(await !OllamaProvider(baseURL: base).isAvailable())
            return base
        }
        let gone = OllamaProvider(baseURL: port)
        #expect(await !gone.isAvailable())
        let error = await #expect(throws: ProviderError.self) { try await gone.models() }
        #expect(error?.code == .unavailable)
        #expect(error?.description == "the language model is not reachable right now")
    }

    @Test("asks once more without thinking, and remembers it")
    func think() async throws {
        try await withServer({ request in
            request.body.contains(#"think"#.utf8)
                ? HTTPServerResponse(400, text: #"{"error":"\"m\" does not support thinking"}"#)
                : HTTPServerResponse(text: #"{"message":{"content":"Hi"},"done":true}"#)
        }) { base, received in
            let provider = OllamaProvider(baseURL: base, think: true)
            for _ in 0..<2 {
                let request = CompletionRequest(.messages([ChatMessage(.user, "x")]))
                let answer = try await provider.complete(request, deltas: nil)
                #expect(answer.content == "Hi")
            }
            #expect(received.bodies.map { $0.contains("think") } == [true, false, false])
        }
    }
}
