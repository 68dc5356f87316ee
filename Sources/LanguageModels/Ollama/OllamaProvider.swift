package import HTTPTransport

/// An Ollama server.
///
/// Wire: Ollama's `api/types.go` and `server/routes.go`.
public struct OllamaProvider: Provider {
    /// Where Ollama listens when nothing else is said.
    public static let defaultBaseURL = "http://localhost:11434"

    /// What it is registered by.
    public let name: String
    /// The model where a request names none.
    public var defaultModel: String { settings.defaultModel }
    private let settings: OllamaSettings
    private let endpoint: ProviderEndpoint
    private let refused = RefusedFields()

    /// A provider on the process's HTTP client.
    ///
    /// - Parameters:
    ///   - name: what it is registered by.
    ///   - baseURL: where the server is.
    ///   - defaultModel: the model where a request names none.
    ///   - timeout: how long an answer may take, loading the model included.
    ///   - think: whether models that can think, do; nil for the model's own.
    ///   - contextWindow: tokens; nil for the server's own, beyond which it cuts the prompt without a word.
    public init(
        name: String = "ollama", baseURL: String = defaultBaseURL, defaultModel: String = "llama3.2",
        timeout: Duration = .seconds(60), think: Bool? = nil, contextWindow: Int? = nil
    ) {
        var settings = OllamaSettings()
        settings.baseURL = baseURL
        settings.defaultModel = defaultModel
        settings.timeouts = HTTPTimeouts(within: timeout)
        settings.think = think
        settings.contextWindow = contextWindow
        self.init(name: name, settings: settings, client: .shared)
    }

    /// A provider on a client of its own.
    package init(name: String = "ollama", settings: OllamaSettings, client: HTTPClient) {
        self.name = name
        self.settings = settings
        endpoint = ProviderEndpoint(
            name: name, base: settings.baseURL, timeouts: settings.timeouts, key: settings.apiKey, client: client)
    }

    /// Whether the server answers `GET /api/tags` within two seconds.
    public func isAvailable() async -> Bool {
        do {
            return try await endpoint.get("/api/tags", within: .seconds(2)).status == 200
        } catch {
            return false
        }
    }

    /// The models, in the server's order.
    public func models() async throws(ProviderError) -> [String] {
        let response = try await endpoint.get("/api/tags")
        guard response.status == 200 else { throw endpoint.failure(response) }
        guard let names = ModelList.ollama(response.body) else { throw endpoint.failure(response) }
        return names
    }

    /// One answer, as a whole; `deltas` is called once with all of it.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        let model = request.model ?? defaultModel
        let response = try await exchange(request, model: model)
        let completion = try OllamaReader(endpoint: endpoint, model: model).completion(response)
        if let deltas, !completion.content.isEmpty { await deltas(completion.content) }
        return completion
    }

    /// Sends the request, and once more without `think` where the model cannot; that is remembered.
    private func exchange(_ request: CompletionRequest, model: String) async throws(ProviderError) -> HTTPResponse {
        let sendsThink = !refused.of(model).contains("think")
        let body = OllamaRequest(request: request, model: model, settings: settings, sendsThink: sendsThink)
        let response = try await endpoint.post(body.path, body.encoded())
        guard response.status == 400, sendsThink, settings.think != nil,
            ErrorPayload.parse(response.body)?.message.contains("not support think") == true
        else { return response }
        refused.insert("think", of: model)
        let plain = OllamaRequest(request: request, model: model, settings: settings, sendsThink: false)
        return try await endpoint.post(plain.path, plain.encoded())
    }
}
