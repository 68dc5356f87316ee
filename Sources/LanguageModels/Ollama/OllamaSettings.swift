package import HTTPTransport
package import JSON
package import ServiceRuntime

/// Everything that can be set of an Ollama server.
package struct OllamaSettings: Sendable {
    /// Where it is; `host:port` will do.
    package var baseURL = OllamaProvider.defaultBaseURL
    /// Sent as bearer tokens, one at a time, for servers behind a door that wants one.
    package var apiKeys: [Secret] = []
    /// The model where a request names none.
    package var defaultModel = "llama3.2"
    /// How long each part of an exchange may take. A cold model loads first, which may take minutes.
    package var timeouts = HTTPTimeouts(within: .seconds(60))
    /// The model for embeddings where a request names none.
    package var embeddingModel = "nomic-embed-text"
    /// Whether models that can think, do, or how hard (`"low"`, `"medium"`, `"high"`); nil for the model's own (which is
    /// that they do).
    package var think: JSONValue?
    /// `num_ctx`, tokens. Nil for the server's own, beyond which it cuts the prompt without a word.
    package var contextWindow: Int?
    /// How long the model stays loaded, in Ollama's words (`"5m"`, seconds, -1 for ever); nil for the server's own.
    package var keepAlive: JSONValue?

    /// The defaults.
    package init() {}
}
