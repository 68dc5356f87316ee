package import HTTPTransport
import JSON
import ServiceRuntime

/// OpenRouter: OpenAI's wire in front of many providers.
///
/// Wire: OpenRouter's API reference ("Errors and Debugging", "App Attribution").
public struct OpenRouterProvider: Provider {
    /// Where OpenRouter is.
    public static let defaultBaseURL = "https://openrouter.ai/api/v1"
    /// The model where nothing else is said.
    public static let defaultModel = "anthropic/claude-3-sonnet"

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
        siteName: String? = "Rosey-Robot", defaultModel: String = defaultModel,
        timeout: Duration = .seconds(60)
    ) {
        var settings = ProviderSettings(.openrouter, name: name)
        settings.apiKeys = apiKey.map { [Secret($0)] } ?? []
        (settings.baseURL, settings.siteURL, settings.siteName) = (baseURL, siteURL, siteName)
        (settings.defaultModel, settings.timeouts) = (defaultModel, HTTPTimeouts(within: timeout))
        self.init(settings, client: .shared)
    }

    /// Creates a provider on a client of its own.
    package init(_ settings: ProviderSettings, client: HTTPClient) {
        name = settings.name
        // The title's header was renamed, and the older name still works: both are sent.
        let title = settings.siteName ?? ""
        let headers = [("HTTP-Referer", settings.siteURL ?? ""), ("X-OpenRouter-Title", title), ("X-Title", title)]
        var extras: [(name: String, value: RawJSON)] = []
        if !settings.models.isEmpty {
            extras.append(("models", RawJSON(.array(settings.models.map(JSONValue.string)))))
        }
        if let preferences = settings.preferences { extras.append(("provider", preferences)) }
        wire = ChatCompletionsWire(
            settings, ProviderEndpoint(settings, headers: headers, client: client), tokenField: "max_tokens",
            extras: extras)
    }

    /// Whether there is a key and the models are listed.
    public func isAvailable() async -> Bool {
        guard wire.endpoint.hasKey else { return false }
        return await wire.listsModels()
    }

    /// The models, in the server's order.
    public func models() async throws(ProviderError) -> [String] { try await wire.models() }

    /// Asks for what is known of the key, which is nobody else's: the models are listed to everybody.
    ///
    /// - Throws: `authentication` for a key that is refused, `quota` for one whose limit is reached, and whatever else keeps
    ///   the server from answering.
    package func checkKey() async throws(ProviderError) {
        let endpoint = wire.endpoint.withKey()
        let response = try await endpoint.send(endpoint.request(endpoint.path(.get, "/key")))
        // A proxy in front of it need not have that path.
        if response.status == 404 { return }
        guard response.status == 200 else { throw endpoint.failure(response) }
        let left = JSONValue.parse(response.body)?["data"]?["limit_remaining"]?.double
        if let left, left <= 0 { throw ProviderError(.quota, "the limit of the key is reached", status: 200) }
    }

    /// One answer, piece by piece as it comes.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        try await answer(to: request).complete(deltas)
    }

    /// The vectors of some texts.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        try await wire.embed(request)
    }
}

extension OpenRouterProvider: PendingAnswerProvider {
    func answer(to request: CompletionRequest) -> any PendingAnswer { ChatCompletionsExchange(wire, request) }
}
