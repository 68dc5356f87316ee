import Foundation
import JSON
import LanguageModels
import TestSupport
import Testing

@Suite(
    "llama.cpp's server",
    .serialized, .timeLimit(.minutes(10)),
    .enabled(if: LlamaServer.isInstalled, "llama-cpp-python is not installed: deploy/upstreams installs it"),
    SharedLlamaServer())
struct LlamaTests {
    private let provider: OpenAIProvider
    private let server: LlamaServer

    init() throws {
        server = try #require(LlamaServer.shared)
        provider = server.provider()
    }

    @Test("lists its model")
    func models() async throws {
        let models = try await provider.models()
        #expect(models == ["tiny"])
        #expect(await provider.isAvailable())
    }

    @Test("answers piece by piece, up to the largest answer asked for")
    func complete() async throws {
        let request = CompletionRequest("hello world")
        let streamed = try await provider.ask(request)
        #expect(!streamed.content.isEmpty)
        #expect(streamed.finishReason == .length)
        #expect(streamed.model == "tiny")
        // This server does not say in a stream what it cost.
        if let usage = streamed.usage { #expect(usage.completionTokens == 8) }
        let whole = try await provider.complete(request, deltas: nil)
        #expect(whole.content == streamed.content)
        let text = try await provider.complete(
            CompletionRequest(.text("hello world", system: nil), temperature: 0, maxTokens: 8), deltas: nil)
        #expect(text.content == streamed.content)
    }

    @Test("continues a conversation with several speakers")
    func conversation() async throws {
        let messages = [
            ChatMessage(.system, "Be brief, 日本語 too."), ChatMessage(.user, "hello", speaker: "zoé"),
            ChatMessage(.assistant, "world"), ChatMessage(.user, "the\n\"end\"\u{0}", speaker: "al"),
        ]
        let answer = try await provider.ask(CompletionRequest(.messages(messages), temperature: 1.5, maxTokens: 40))
        #expect(answer.finishReason == .length)
    }

    @Test("ends at a stop text, which is not part of the answer")
    func stop() async throws {
        var request = CompletionRequest("hello", maxTokens: 32)
        let whole = try await provider.ask(request).content
        let stop = String(whole.dropFirst(9).prefix(2))
        request.stop = [stop, "never said"]
        let answer = try await provider.ask(request)
        #expect(answer.finishReason == .stop)
        #expect(answer.content == whole.part(before: stop))
    }

    @Test("makes JSON")
    func json() async throws {
        var request = CompletionRequest("hello", maxTokens: 40)
        request.format = .json
        // Its grammar holds even this model to JSON, to the end of which it does not come.
        let answer = try await provider.ask(request)
        #expect(answer.content.hasPrefix("{"))
        #expect(answer.finishReason == .length)
    }

    @Test("makes JSON of a schema, which it wants to be given in its own way")
    func schema() async throws {
        var request = CompletionRequest("hello", maxTokens: 400)
        request.format = ResponseFormat(
            schemaText: #"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}"#)
        for _ in 0..<2 {
            let answer = try await provider.ask(request)
            #expect(answer.finishReason == .stop)
            let fields = try #require(JSONValue.parse(Array(answer.content.utf8))?.object)
            #expect([["ok": .bool(true)], ["ok": .bool(false)]].contains(fields))
        }
    }

    @Test("is left when nobody wants its answer any more, and goes on with others")
    func cancel() async throws {
        let task = try await begun(provider)
        task.cancel()
        let error = await #expect(throws: ProviderError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        try await server.upstream.logged("Disconnected from client")
        let next = try await provider.ask(CompletionRequest("hello"))
        #expect(next.finishReason == .length)
    }

    @Test("breaks an answer off for the next question: that is worth another try")
    func interrupted() async throws {
        let task = try await begun(provider)
        let next = try await provider.ask(CompletionRequest("world"))
        #expect(next.finishReason == .length)
        let error = await #expect(throws: ProviderError.self) { try await task.value }
        #expect(error?.code == .unavailable && error?.isRetryable == true)
        #expect(error?.description == "the language model's answer broke off")
    }

    @Test("is killed in the middle of an answer: that is worth another try")
    func killed() async throws {
        try await LlamaServer.with { server in
            let provider = server.provider()
            let task = try await begun(provider)
            server.upstream.kill()
            let error = await #expect(throws: ProviderError.self) { try await task.value }
            #expect(error?.code == .unavailable && error?.isRetryable == true)
            let next = await provider.refusal(CompletionRequest("hello"))
            #expect(next?.code == .unavailable)
        }
    }

    @Test("says that a prompt is too long")
    func tooLong() async throws {
        let error = await provider.refusal(CompletionRequest(String(repeating: "q ", count: LlamaServer.window)))
        #expect(error?.code == .tooLong)
        #expect(error?.description == "the conversation is too long for the language model")
    }

    @Test("does not accept a wrong key, or none", arguments: ["wrong-key-18", nil])
    func key(key: String?) async throws {
        let other = server.provider(key: key)
        let error = await other.refusal(CompletionRequest("hello"))
        #expect(error?.code == .authentication)
        #expect(error?.debugDescription.contains("wrong-key") == false)
        #expect(await !other.isAvailable())
    }

    @Test("reads over fields it does not know")
    func unknownFields() async throws {
        // OpenRouter's are sent besides.
        let router = OpenRouterProvider(
            apiKey: LlamaServer.key, baseURL: server.upstream.base + "/v1", defaultModel: "tiny")
        let routed = try await router.ask(CompletionRequest("hello"))
        let direct = try await provider.ask(CompletionRequest("hello"))
        #expect(routed.content == direct.content)
    }

    @Test("answers with the model it has, whichever is asked for")
    func otherModel() async throws {
        let other = try await provider.ask(CompletionRequest("hello", model: "gpt-4"))
        let own = try await provider.ask(CompletionRequest("hello"))
        #expect(other.content == own.content)
    }

    @Test("makes embeddings where it is told to")
    func embeddings() async throws {
        let texts = EmbeddingRequest(["hello", "world", "hello"])
        let error = await #expect(throws: ProviderError.self) { try await provider.embed(texts) }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains("embedding=True") == false)
        try await LlamaServer.with("--embedding", "true") { server in
            let embeddings = try await server.provider().embed(texts)
            #expect(embeddings.vectors.count == 3 && embeddings.dimensions == 64)
            #expect(embeddings.vectors.first != embeddings.vectors.dropFirst().first)
            #expect(embeddings.usage?.promptTokens ?? 0 > 0)
        }
    }
}

/// An answer that takes a while, and has begun.
private func begun(_ provider: OpenAIProvider) async throws -> Task<Completion, any Error> {
    let (pieces, continuation) = AsyncStream.makeStream(of: Void.self)
    let request = CompletionRequest("hello", maxTokens: LlamaServer.window / 2)
    let task = Task {
        // A server that fails sends no piece.
        defer { continuation.finish() }
        return try await provider.complete(request) { _ in continuation.yield() }
    }
    for await _ in pieces { break }
    return task
}

extension String {
    /// What comes before the first place where that is; all of it where it is nowhere.
    fileprivate func part(before text: String) -> String {
        range(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
