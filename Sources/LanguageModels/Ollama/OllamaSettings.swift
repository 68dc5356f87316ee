package import HTTPTransport

/// Everything that can be set of an Ollama server.
package struct OllamaSettings: Sendable {
    /// Where it is; `host:port` will do.
    package var baseURL = OllamaProvider.defaultBaseURL
    /// The model where a request names none.
    package var defaultModel = "llama3.2"
    /// How long each part of an exchange may take. A cold model loads first, which may take minutes.
    package var timeouts = HTTPTimeouts(within: .seconds(60))
    /// Whether models that can think, do; nil for the model's own (which is that they do).
    package var think: Bool?
    /// `num_ctx`, tokens. Nil for the server's own, beyond which it cuts the prompt without a word.
    package var contextWindow: Int?
    /// How long the model stays loaded, in Ollama's words (`5m`, `-1`); nil for the server's own.
    package var keepAlive: String?

    /// The defaults.
    package init() {}
}
