package import HTTPTransport
import ServiceRuntime

/// OpenAI, and every server that speaks its `/chat/completions` (llama.cpp, vLLM, LM Studio, Groq and others).
///
/// Wire: OpenAI's OpenAPI file, `CreateChatCompletionRequest` and `CreateChatCompletionResponse`.
public struct OpenAIProvider: Provider {
    /// Where OpenAI itself is.
    public static let defaultBaseURL = "https://api.openai.com/v1"
    /// The model where nothing else is said.
    public static let defaultModel = "gpt-4"

    /// What it is registered by.
    public let name: String
    /// The model where a request names none.
    public var defaultModel: String { wire.defaultModel }
    private let wire: ChatCompletionsWire
    private let isOpenAI: Bool

    /// Creates a provider on the process's HTTP client.
    ///
    /// - Parameters:
    ///   - name: what it is registered by.
    ///   - apiKey: sent as a bearer token; nil for servers that want none.
    ///   - baseURL: with its version, without the path of an action: `http://localhost:8080/v1`.
    ///   - organization: OpenAI's `OpenAI-Organization`.
    ///   - defaultModel: the model where a request names none.
    ///   - timeout: how long an answer may take.
    public init(
        name: String = "openai", apiKey: String? = nil, baseURL: String = defaultBaseURL, organization: String? = nil,
        defaultModel: String = defaultModel, timeout: Duration = .seconds(60)
    ) {
        var settings = ProviderSettings(.openai, name: name)
        settings.apiKeys = apiKey.map { [Secret($0)] } ?? []
        (settings.baseURL, settings.organization, settings.defaultModel) = (baseURL, organization, defaultModel)
        settings.timeouts = HTTPTimeouts(within: timeout)
        self.init(settings, client: .shared)
    }

    /// Creates a provider on a client of its own.
    package init(_ settings: ProviderSettings, client: HTTPClient) {
        let headers = [("OpenAI-Organization", settings.organization ?? "")]
        let endpoint = ProviderEndpoint(settings, headers: headers, client: client)
        name = settings.name
        isOpenAI = endpoint.host == "api.openai.com"
        wire = ChatCompletionsWire(
            settings, endpoint, tokenField: isOpenAI ? "max_completion_tokens" : "max_tokens")
    }

    /// Whether the server lists its models; at OpenAI itself a key is needed first.
    public func isAvailable() async -> Bool {
        if isOpenAI, !wire.endpoint.hasKey { return false }
        return await wire.listsModels()
    }

    /// The models, in the server's order.
    public func models() async throws(ProviderError) -> [String] { try await wire.models() }

    /// One answer, piece by piece as it comes.
    public func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        try await answer(to: request).complete(deltas)
    }

    /// The vectors of some texts.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        try await wire.embed(request)
    }
}

extension OpenAIProvider: PendingAnswerProvider {
    func answer(to request: CompletionRequest) -> any PendingAnswer { ChatCompletionsExchange(wire, request) }
}
