package import HTTPTransport
import JSON

/// An Ollama server.
///
/// Wire: Ollama's `api/types.go` and `server/routes.go`.
public struct OllamaProvider: Provider {
    /// Where Ollama listens when nothing else is said.
    public static let defaultBaseURL = "http://localhost:11434"
    /// The model where nothing else is said.
    public static let defaultModel = "llama3.2"

    /// What it is registered by.
    public let name: String
    /// The model where a request names none.
    public var defaultModel: String { wire.settings.defaultModel }
    /// `num_ctx`, where it is set.
    public var contextWindow: Int? { wire.settings.contextWindow }
    private let wire: OllamaWire

    /// Creates a provider on the process's HTTP client.
    ///
    /// - Parameters:
    ///   - name: what it is registered by.
    ///   - baseURL: where the server is.
    ///   - defaultModel: the model where a request names none.
    ///   - timeout: how long an answer may take, loading the model included.
    ///   - think: whether models that can think, do; nil for the model's own.
    ///   - contextWindow: tokens; nil for the server's own, beyond which it cuts the prompt without a word.
    public init(
        name: String = "ollama", baseURL: String = defaultBaseURL, defaultModel: String = defaultModel,
        timeout: Duration = .seconds(60), think: Bool? = nil, contextWindow: Int? = nil
    ) {
        var settings = ProviderSettings(.ollama, name: name)
        settings.baseURL = baseURL
        settings.defaultModel = defaultModel
        settings.timeouts = HTTPTimeouts(within: timeout)
        settings.think = think.map(JSONValue.bool)
        settings.contextWindow = contextWindow
        self.init(settings, client: .shared)
    }

    /// Creates a provider on a client of its own.
    package init(_ settings: ProviderSettings, client: HTTPClient) {
        name = settings.name
        wire = OllamaWire(settings, client)
    }

    /// Whether the server answers `GET /api/tags` within two seconds.
    public func isAvailable() async -> Bool {
        let response = try? await wire.endpoint.send(wire.endpoint.request(wire.check))
        return response?.status == 200
    }

    /// The models, in the server's order.
    public func models() async throws(ProviderError) -> [String] {
        let endpoint = wire.endpoint
        let response = try await endpoint.send(endpoint.request(wire.list))
        guard response.status == 200, let names = ModelList.ollama(response.body) else {
            throw endpoint.failure(response)
        }
        return names
    }

    /// One answer, piece by piece as it comes.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        try await answer(to: request).complete(deltas)
    }

    /// `POST /api/embed`.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        guard let model = request.model ?? wire.settings.embeddingModel else { throw .noEmbeddingModel(at: name) }
        let endpoint = wire.endpoint.withKey(request.span)
        let body = JSONWriter.object { body in
            body.field("model", model)
            body.field("input") { $0.strings(request.inputs) }
            if let keepAlive = wire.settings.keepAlive { body.field("keep_alive") { $0.value(keepAlive) } }
        }
        var post = endpoint.request(wire.embed, body)
        post.maxResponseBytes = EmbeddingVectors.maxBytes(count: request.inputs.count)
        let response = try await endpoint.send(post)
        guard response.status == 200, let value = JSONValue.parse(response.body),
            let vectors = EmbeddingVectors(ollama: value, count: request.inputs.count)
        else { throw OllamaReader(endpoint: endpoint, model: model).failure(response) }
        let usage = TokenUsage(promptTokens: value.tokens("prompt_eval_count"), completionTokens: 0)
        return Embeddings(vectors.all, model: value["model"]?.string ?? model, usage: usage)
    }
}

extension OllamaProvider: PendingAnswerProvider {
    func answer(to request: CompletionRequest) -> any PendingAnswer { OllamaExchange(wire, request) }
}
