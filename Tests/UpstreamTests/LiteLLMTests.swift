import JSON
import LanguageModels
import TestSupport
import Testing

@Suite(
    "LiteLLM's proxy",
    .timeLimit(.minutes(10)),
    .enabled(if: LiteLLMProxy.isInstalled, "LiteLLM's proxy is not installed: deploy/upstreams installs it"),
    SharedLiteLLMProxy())
struct LiteLLMTests {
    private let proxy: LiteLLMProxy
    private let provider: OpenAIProvider

    init() throws {
        proxy = try #require(LiteLLMProxy.shared)
        provider = proxy.provider()
    }

    @Test("lists its models")
    func models() async throws {
        let models = try await provider.models()
        #expect(Set(models) == Set(LiteLLMProxy.relayed + LiteLLMProxy.mocks.keys))
        #expect(await provider.isAvailable())
    }

    @Test("passes an answer on piece by piece, with what it cost")
    func complete() async throws {
        let answer = try await provider.ask(CompletionRequest("Hi"))
        #expect(answer.content == "Hello 日本")
        #expect(answer.model == "hello")
        #expect(answer.finishReason == .stop)
        #expect(answer.usage == TokenUsage(promptTokens: 5, completionTokens: 2))
        let cut = try await provider.complete(CompletionRequest("Hi", model: "cut-short"), deltas: nil)
        #expect(cut.content == "Hello 日本" && cut.finishReason == .length)
    }

    @Test("answers itself")
    func mock() async throws {
        let answer = try await provider.ask(CompletionRequest("Hi", model: "mock"))
        #expect(answer.content == LiteLLMProxy.mocks["mock"])
        #expect(answer.finishReason == .stop)
        #expect(answer.usage?.completionTokens ?? 0 > 0)
    }

    @Test("passes on all that is asked for")
    func request() async throws {
        let schema = #"{"type":"object","properties":{"ok":{"type":"boolean"}}}"#
        var request = CompletionRequest(
            .messages([ChatMessage(.system, "Be brief"), ChatMessage(.user, "all of it", speaker: "zoé")]),
            temperature: 0.25, maxTokens: 77, stop: ["END", "日"])
        request.format = ResponseFormat(schemaText: schema)
        _ = try await provider.ask(request)
        let sent = try #require(proxy.models.bodies("hello").first { $0["max_tokens"] == .integer(77) })
        #expect(sent["temperature"] == .number(0.25))
        #expect(sent["stop"] == .array([.string("END"), .string("日")]))
        #expect(sent["stream_options"] == .object(["include_usage": .bool(true)]))
        let format = try #require(sent["response_format"]?.object?["json_schema"]?.object)
        #expect(format["schema"] == JSONValue.parse(Array(schema.utf8)))
        #expect(
            sent["messages"]
                == JSONValue.parse(
                    Array(
                        #"[{"role":"system","content":"Be brief"},{"role":"user","content":"zoé: all of it"}]"#.utf8)))
    }

    @Test(
        "passes refusals on, of which a room reads no word",
        arguments: [
            ("too-long", 400, "tooLong"), ("limited", 429, "rateLimited"), ("used-up", 429, "quota"),
            ("broken", 500, "unavailable"), ("busy", 503, "unavailable"), ("page", 502, "unavailable"),
            ("wrong-key", 401, "authentication"), ("gone", 404, "unknownModel"), ("indecent", 400, "contentFiltered"),
            ("mock-limited", 429, "rateLimited"), ("mock-broken", 500, "unavailable"),
            ("mock-too-long", 400, "tooLong"), ("mock-failing", 529, "unavailable"),
            ("never heard", 400, "unknownModel"),
        ])
    func refusals(model: String, status: Int, code: String) async throws {
        let error = try #require(await provider.refusal(CompletionRequest("Hi", model: model)))
        #expect(error.code.description == code, "\(error.debugDescription)")
        #expect(error.status == status)
        #expect(error.retryAfter == (model == "limited" ? .seconds(7) : nil))
        for word in [FakeModels.mark, "litellm", "LiteLLM", "mock error", LiteLLMProxy.key] {
            #expect(!error.description.contains(word))
        }
        #expect(!error.debugDescription.contains(LiteLLMProxy.key))
        if model == "never heard" { #expect(error.description == #"the provider proxy has no model "never heard""#) }
    }

    @Test("rests a model that was asked too much, and says how long")
    func cooldown() async throws {
        let request = CompletionRequest("Hi", model: "also-limited")
        for _ in 0..<2 {
            let error = await provider.refusal(request)
            #expect(error?.code == .rateLimited && error?.retryAfter == .seconds(7), "\(error?.debugDescription ?? "")")
        }
        #expect(proxy.models.bodies("also-limited").count == 1)
    }

    @Test("fails in the middle of an answer")
    func failing() async throws {
        let pieces = Pieces()
        let error = await #expect(throws: ProviderError.self) {
            try await provider.complete(CompletionRequest("Hi", model: "failing"), deltas: pieces.add)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains(FakeModels.mark) == false)
        #expect("Hello 日本".hasPrefix(pieces.all.joined()))
    }

    @Test("passes on which field a model refuses: it is left out from then on")
    func refusedField() async throws {
        let request = CompletionRequest("Hi", model: "reasoner")
        for _ in 0..<2 {
            #expect(try await provider.ask(request).content == "Hello 日本")
        }
        #expect(proxy.models.bodies("reasoner").map { $0["temperature"] != nil } == [true, false, false])
    }

    @Test("does not accept a wrong key, or none", arguments: ["sk-wrong-18", "wrong-18", nil])
    func key(key: String?) async throws {
        let other = proxy.provider(key: key)
        let error = try #require(await other.refusal(CompletionRequest("Hi")))
        #expect(error.code == .authentication, "\(error.debugDescription)")
        #expect(
            error.description
                == (key == nil
                    ? "the provider proxy wants a key; the operator has to set one"
                    : "the provider proxy did not accept its key; the operator has to check it"))
        #expect(!error.debugDescription.contains("wrong-18"))
        #expect(await !other.isAvailable())
    }

    @Test("leaves the model behind it when nobody wants its answer any more")
    func cancel() async throws {
        let (pieces, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task { [provider] in
            defer { continuation.finish() }
            return try await provider.complete(CompletionRequest("Hi", model: "endless")) { _ in continuation.yield() }
        }
        for await _ in pieces { break }
        task.cancel()
        let error = await #expect(throws: ProviderError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        let models = proxy.models
        try await withTimeout(.seconds(60)) { await models.endlessIsLeft() }
    }

    @Test("passes on embeddings")
    func embeddings() async throws {
        let embeddings = try await provider.embed(EmbeddingRequest(["one", "two"]))
        #expect(embeddings.vectors == [[0.5, -1], [0.25, 2]])
        #expect(embeddings.usage?.promptTokens == 4)
    }
}
