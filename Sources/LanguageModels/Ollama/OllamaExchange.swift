import HTTPTransport
import JSON
import ServiceRuntime

/// One answer of Ollama, asked for once more without `think` where the model cannot; that is remembered.
final class OllamaExchange: AnswerExchange {
    let endpoint: ProviderEndpoint
    private let wire: OllamaWire
    private let reader: OllamaReader
    private var body: OllamaRequest
    var requests = 0
    var outcome: Result<Completion, ProviderError>?
    var stream: AnswerStream<OllamaStream>?

    @inline(never)
    init(_ wire: OllamaWire, _ request: CompletionRequest) {
        let model = request.model ?? wire.settings.defaultModel
        let quirks = wire.quirks.of(model)
        self.wire = wire
        endpoint = wire.endpoint.withKey(request.span)
        reader = OllamaReader(
            endpoint: endpoint, model: model, contextWindow: wire.settings.contextWindow ?? request.contextWindow,
            promptBytes: request.messages.reduce(0) { $0 + $1.contentBytes },
            quirks: wire.quirks, beginsInThoughts: quirks.contains(ModelQuirks.beginsInThoughts),
            keepsFields: request.tools != nil)
        body = OllamaRequest(
            request: request, model: model, wire: wire,
            sendsThink: wire.settings.think != nil && !quirks.contains("think"))
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
        wire.quirks.insert("think", of: body.model)
        body.sendsThink = false
    }
}

/// What is constant of Ollama's wire. A reference: it is held by everybody who waits for an answer.
final class OllamaWire: Sendable {
    let settings: ProviderSettings
    let endpoint: ProviderEndpoint
    let quirks = ModelQuirks()
    /// Where answers, vectors and models are asked for.
    let (chat, generate, embed, list, check): (Path, Path, Path, Path, Path)

    typealias Path = ProviderEndpoint.Path

    init(_ settings: ProviderSettings, _ client: HTTPClient) {
        self.settings = settings
        endpoint = ProviderEndpoint(settings, client: client)
        chat = endpoint.path(.post, "/api/chat", isStreamed: true)
        generate = endpoint.path(.post, "/api/generate", isStreamed: true)
        embed = endpoint.path(.post, "/api/embed")
        list = endpoint.path(.get, "/api/tags")
        check = endpoint.path(.get, "/api/tags", timeout: .seconds(2))
    }
}
