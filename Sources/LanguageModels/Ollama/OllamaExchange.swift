import HTTPTransport

/// One answer of Ollama, asked for once more without `think` where the model cannot; that is remembered.
///
/// Used by one task. A reference, and each step a function of its own: thousands of these wait at once.
final class OllamaExchange {
    private let endpoint: ProviderEndpoint
    private let reader: OllamaReader
    private let remembered: RefusedFields
    private var body: OllamaRequest
    private var started = ContinuousClock.now

    init(
        _ request: CompletionRequest, at endpoint: ProviderEndpoint, _ settings: OllamaSettings,
        remembered: RefusedFields
    ) {
        let model = request.model ?? settings.defaultModel
        self.endpoint = endpoint.withKey(request.span)
        self.remembered = remembered
        let promptBytes = request.messages.reduce(0) { $0 + $1.contentBytes }
        reader = OllamaReader(
            endpoint: self.endpoint, model: model, contextWindow: settings.contextWindow ?? request.contextWindow,
            promptBytes: promptBytes)
        body = OllamaRequest(
            request: request, model: model, settings: settings,
            sendsThink: settings.think != nil && !remembered.of(model).contains("think"))
    }

    /// The answer.
    func complete(_ deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        while true {
            let response = try await endpoint.open(body.path, try nextBody())
            if (200..<300).contains(response.status) { return try await read(response, deltas) }
            try await learn(from: response)
        }
    }

    @inline(never)
    private func nextBody() throws(ProviderError) -> [UInt8] {
        started = .now
        return try body.encoded()
    }

    @inline(never)
    private func read(
        _ response: HTTPStreamingResponse, _ deltas: DeltaSink?
    ) async throws(ProviderError) -> Completion {
        let stream = OllamaStream(reader: reader, status: response.status, headers: response.headers)
        return try await AnswerStream(response, from: endpoint, into: stream, started: started).read(deltas)
    }

    /// Leaves out what the model cannot.
    ///
    /// - Throws: the refusal, where there is nothing to leave out.
    @inline(never)
    private func learn(from response: HTTPStreamingResponse) async throws(ProviderError) {
        let refusal = try await endpoint.collect(response)
        guard refusal.status == 400, body.sendsThink,
            ErrorPayload.parse(refusal.body)?.message.contains("not support think") == true
        else { throw reader.failure(refusal) }
        remembered.insert("think", of: body.model)
        body.sendsThink = false
    }
}
