package import HTTPTransport
package import JSON
package import ServiceRuntime

/// One answer of Ollama, asked for once more without `think` where the model cannot; that is remembered.
final class OllamaExchange: AnswerExchange {
    let endpoint: ProviderEndpoint
    private let wire: OllamaWire
    private let reader: OllamaReader
    private var body: OllamaRequest
    var stream: AnswerStream<OllamaStream>?

    @inline(never)
    init(_ wire: OllamaWire, _ request: CompletionRequest) {
        let settings = wire.settings
        let model = request.model ?? settings.defaultModel
        self.wire = wire
        endpoint = wire.endpoint.withKey(request.span)
        reader = OllamaReader(
            endpoint: endpoint, model: model, contextWindow: settings.contextWindow ?? request.contextWindow,
            promptBytes: request.messages.reduce(0) { $0 + $1.contentBytes })
        body = OllamaRequest(
            request: request, model: model, settings: settings,
            sendsThink: settings.think != nil && !wire.refused.of(model).contains("think"))
    }

    @inline(never)
    func nextRequest() throws(ProviderError) -> HTTPRequest {
        endpoint.request(body.isChat ? wire.chat : wire.generate, try body.encoded())
    }

    func assembler(of response: HTTPStreamingResponse) -> OllamaStream {
        OllamaStream(reader: reader, status: response.status, headers: response.headers)
    }

    func conclude(_ failure: ProviderError?, _ deltas: DeltaSink?) throws(ProviderError) -> Completion? {
        try stream?.conclude(failure, deltas)
    }

    /// Leaves out what the model cannot.
    func refused(_ refusal: HTTPResponse) throws(ProviderError) {
        guard refusal.status == 400, body.sendsThink,
            ErrorPayload.parse(refusal.body)?.message.contains("not support think") == true
        else { throw reader.failure(refusal) }
        wire.refused.insert("think", of: body.model)
        body.sendsThink = false
    }
}

/// What is constant of Ollama's wire. A reference: it is held by everybody who waits for an answer.
final class OllamaWire: Sendable {
    let settings: OllamaSettings
    let endpoint: ProviderEndpoint
    /// What models were seen to refuse.
    let refused = RefusedFields()
    /// Where answers, vectors and models are asked for.
    let (chat, generate, embed, list, check): (Path, Path, Path, Path, Path)

    typealias Path = ProviderEndpoint.Path

    init(name: String, _ settings: OllamaSettings, _ client: HTTPClient) {
        self.settings = settings
        endpoint = ProviderEndpoint(
            name: name, base: settings.baseURL, timeouts: settings.timeouts, keys: settings.apiKeys, client: client)
        chat = endpoint.path(.post, "/api/chat", isStreamed: true)
        generate = endpoint.path(.post, "/api/generate", isStreamed: true)
        embed = endpoint.path(.post, "/api/embed")
        list = endpoint.path(.get, "/api/tags")
        check = endpoint.path(.get, "/api/tags", timeout: .seconds(2))
    }
}

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
