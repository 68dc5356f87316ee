package import HTTPTransport
package import ServiceRuntime

/// Everything that can be set of an Ollama server.
package struct OllamaSettings: Sendable {
    /// Where it is; `host:port` will do.
    package var baseURL = OllamaProvider.defaultBaseURL
    /// Sent as a bearer token, for servers behind a door that wants one; nil for none.
    package var apiKey: Secret?
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
