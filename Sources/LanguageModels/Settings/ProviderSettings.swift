package import HTTPTransport
package import JSON
package import ServiceRuntime

/// What can be set of a provider: `providers.NAME`.
package struct ProviderSettings: Sendable, Equatable {
    /// The name that requests ask for it by.
    package var name: String
    /// What it speaks. In the file: its name, unless told.
    package var type: ProviderType
    /// `http` or `https`, with the version where there is one, without credentials; empty for a scripted one.
    package var baseURL: String
    /// Sent as bearer tokens, one at a time: the environment's key, or else the file's own; after it those of the file's
    /// list. None of them twice, at most ``maxKeys``.
    package var apiKeys: [Secret] = []
    /// OpenAI's `OpenAI-Organization`.
    package var organization: String?
    /// What OpenRouter shows as the caller's address.
    package var siteURL: String?
    /// What OpenRouter shows as the caller's name.
    package var siteName: String?
    /// How long each part of an exchange may take. A cold model of Ollama's loads first, which may take minutes.
    package var timeouts = HTTPTimeouts()
    /// The model where a request names none.
    package var defaultModel: String
    /// The model for embeddings where a request names none; nil where the provider has none.
    package var embeddingModel: String?
    /// How it is dealt with when it fails or is busy.
    package var policy = ProviderPolicy()
    /// Ollama's `num_ctx`, tokens. Nil for the server's own, beyond which it cuts the prompt without a word.
    package var contextWindow: Int?
    /// How long Ollama keeps the model loaded, in its words (`"5m"`, seconds, -1 for ever); nil for the server's own.
    package var keepAlive: JSONValue?
    /// Whether Ollama's models that can think, do, or how hard (`"low"`, `"medium"`, `"high"`); nil for the model's own
    /// (which is that they do).
    package var think: JSONValue?
    /// OpenRouter's own fallback: what it asks where the model of a request is not to be had.
    package var models: [String] = []
    /// Which of its providers OpenRouter may ask, and in which order; sent as it is.
    package var preferences: RawJSON?
    /// What a scripted provider says, the first that matches; empty for its own small talk.
    package var rules: [ScriptedRule] = []

    /// The most keys that one provider may have.
    package static let maxKeys = 64

    /// The defaults of a type.
    /// - Parameter name: nil for that of the type.
    package init(_ type: ProviderType, name: String? = nil) {
        self.name = name ?? type.rawValue
        self.type = type
        (baseURL, defaultModel, embeddingModel) = type.defaults
        siteName = type == .openrouter ? "Rosey-Robot" : nil
    }

    /// Creates the provider that they describe.
    ///
    /// - Parameters:
    ///   - client: Sends the requests.
    ///   - smallTalk: What a scripted one answers where none of its rules does.
    package func provider(on client: HTTPClient, smallTalk: SmallTalk? = nil) -> any Provider {
        switch type {
        case .ollama: OllamaProvider(self, client: client)
        case .openai: OpenAIProvider(self, client: client)
        case .openrouter: OpenRouterProvider(self, client: client)
        case .scripted: ScriptedProvider(name: name, rules: rules, smallTalk: smallTalk)
        }
    }
}

/// What a provider speaks.
package enum ProviderType: String, Sendable, CaseIterable {
    /// Ollama's own interface.
    case ollama
    /// OpenAI's interface, wherever it is served.
    case openai
    /// OpenRouter's.
    case openrouter
    /// No network: rules.
    case scripted

    /// Where it is, its model, and its model for embeddings, unless told.
    var defaults: (baseURL: String, model: String, embeddingModel: String?) {
        switch self {
        case .ollama: (OllamaProvider.defaultBaseURL, OllamaProvider.defaultModel, "nomic-embed-text")
        case .openai: (OpenAIProvider.defaultBaseURL, OpenAIProvider.defaultModel, "text-embedding-3-small")
        case .openrouter:
            (OpenRouterProvider.defaultBaseURL, OpenRouterProvider.defaultModel, "openai/text-embedding-3-small")
        case .scripted: ("", ScriptedProvider.model, nil)
        }
    }

    /// The variables of the environment with the key and the address of the provider that is named after its type.
    package var variables: (key: String?, address: String?) {
        switch self {
        case .ollama: (nil, "OLLAMA_HOST")
        case .openai: ("OPENAI_API_KEY", "OPENAI_BASE_URL")
        case .openrouter: ("OPENROUTER_API_KEY", nil)
        case .scripted: (nil, nil)
        }
    }
}
