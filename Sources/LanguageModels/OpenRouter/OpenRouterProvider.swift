package import HTTPTransport
package import JSON
package import ServiceRuntime

/// OpenRouter: OpenAI's wire in front of many providers.
///
/// Wire: OpenRouter's API reference ("Errors and Debugging", "App Attribution").
public struct OpenRouterProvider: Provider {
    /// Where OpenRouter is.
    public static let defaultBaseURL = "https://openrouter.ai/api/v1"
    /// The model for embeddings where nothing else is said.
    public static let defaultEmbeddingModel = "openai/text-embedding-3-small"

    /// What it is registered by.
    public let name: String
    /// The model where a request names none.
    public var defaultModel: String { wire.defaultModel }
    private let wire: ChatCompletionsWire

    /// Creates a provider on the process's HTTP client.
    ///
    /// - Parameters:
    ///   - name: what it is registered by.
    ///   - apiKey: the key; without one it is never available.
    ///   - baseURL: with its version, without the path of an action.
    ///   - siteURL: the page of this service, for OpenRouter's rankings.
    ///   - siteName: its name there.
    ///   - defaultModel: the model where a request names none.
    ///   - timeout: how long an answer may take.
    public init(
        name: String = "openrouter", apiKey: String?, baseURL: String = defaultBaseURL, siteURL: String? = nil,
        siteName: String? = "Rosey-Robot", defaultModel: String = "anthropic/claude-3-sonnet",
        timeout: Duration = .seconds(60)
    ) {
        self.init(
            name: name, apiKeys: apiKey.map { [Secret($0)] } ?? [], baseURL: baseURL, siteURL: siteURL,
            siteName: siteName,
            defaultModel: defaultModel, timeouts: HTTPTimeouts(within: timeout), client: .shared)
    }

    /// Creates a provider on a client of its own, with any number of keys.
    ///
    /// - Parameters:
    ///   - models: OpenRouter's own fallback: what it asks where the model of a request is not to be had.
    ///   - preferences: sent as `provider`: which of its providers it may ask, and in which order.
    package init(
        name: String = "openrouter", apiKeys: [Secret], baseURL: String = defaultBaseURL, siteURL: String? = nil,
        siteName: String? = "Rosey-Robot", defaultModel: String = "anthropic/claude-3-sonnet",
        embeddingModel: String? = defaultEmbeddingModel, models: [String] = [],
        preferences: [String: JSONValue]? = nil, timeouts: HTTPTimeouts, client: HTTPClient
    ) {
        self.name = name
        // The title's header was renamed, and the older name still works: both are sent.
        let headers = [
            ("HTTP-Referer", siteURL ?? ""), ("X-OpenRouter-Title", siteName ?? ""), ("X-Title", siteName ?? ""),
        ]
        var extras: [(name: String, value: JSONValue)] = []
        if !models.isEmpty { extras.append(("models", .array(models.map(JSONValue.string)))) }
        if let preferences { extras.append(("provider", .object(preferences))) }
        wire = ChatCompletionsWire(
            endpoint: ProviderEndpoint(
                name: name, base: baseURL, timeouts: timeouts, keys: apiKeys, headers: headers, client: client),
            defaultModel: defaultModel, embeddingModel: embeddingModel, tokenField: "max_tokens", extras: extras)
    }

    /// Whether there is a key and the models are listed.
    public func isAvailable() async -> Bool {
        guard wire.endpoint.hasKey else { return false }
        return await wire.listsModels()
    }

    /// The models, in the server's order.
    public func models() async throws(ProviderError) -> [String] { try await wire.models() }

    /// One answer, piece by piece as it comes.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        try await ChatCompletionsExchange(wire, request).complete(deltas)
    }

    /// The vectors of some texts.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        try await wire.embed(request)
    }
}
