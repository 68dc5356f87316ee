import HTTPTransport

/// One answer of `/chat/completions`, asked for until the model takes the question: once more without each field that it
/// says it does not take (reasoning models refuse `temperature` and `max_tokens`), which is remembered.
final class ChatCompletionsExchange: AnswerExchange {
    /// Requests made for one answer where a model refuses optional fields one after the other: each of them, both names
    /// of the largest answer, and both ways to give a schema.
    private static let maxTries = 8

    let endpoint: ProviderEndpoint
    private let wire: ChatCompletionsWire
    private let reader: ChatCompletionsReader
    private var body: ChatCompletionsRequest
    private var tries = 0
    var requests = 0
    var outcome: Result<Completion, ProviderError>?
    var stream: AnswerStream<ChatCompletionsStream>?

    @inline(never)
    init(_ wire: ChatCompletionsWire, _ request: CompletionRequest) {
        let model = request.model ?? wire.defaultModel
        self.wire = wire
        endpoint = wire.endpoint.withKey(request.span)
        let quirks = wire.quirks.of(model)
        reader = ChatCompletionsReader(
            endpoint: endpoint, model: model, quirks: wire.quirks,
            beginsInThoughts: quirks.contains(ModelQuirks.beginsInThoughts), keepsFields: request.tools != nil)
        body = ChatCompletionsRequest(
            request: request, origin: endpoint.origin(model), tokenField: wire.tokenField, extras: wire.extras,
            refused: quirks)
    }

    @inline(never)
    func nextRequest() -> HTTPRequest { endpoint.request(wire.completions, body.encoded()) }

    func assembler(of response: HTTPStreamingResponse) -> ChatCompletionsStream {
        ChatCompletionsStream(reader: reader, status: response.status, headers: response.headers)
    }

    /// Some servers (llama-cpp-python's) have no way to tell of a failure once they stream, they just end: they are asked
    /// once more, for the answer as a whole.
    func conclude(_ failure: ProviderError?, _ deltas: DeltaSink?) throws(ProviderError) -> Completion? {
        do throws(ProviderError) { return try stream?.conclude(failure, deltas) } catch {
            // A connection that broke is another thing: that is for whoever counts the tries.
            guard body.isStreamed, stream?.assembler.saidNothing == true, error.code == .badAnswer else { throw error }
            body.isStreamed = false
            return nil
        }
    }

    /// Leaves out what the model says it does not take.
    func refused(_ refusal: HTTPResponse) throws(ProviderError) {
        tries += 1
        guard tries < Self.maxTries, let payload = ErrorPayload.parse(refusal.body),
            let field = refused(by: payload, status: refusal.status)
        else { throw reader.failure(refusal) }
        body.refused.insert(field)
        wire.quirks.insert(field, of: body.model)
    }

    /// What to leave out, or to write otherwise; nil where nothing of the kind is refused.
    private func refused(by payload: ErrorPayload, status: Int) -> String? {
        if payload.wantsShortCallIDs, !body.refused.contains(ModelQuirks.shortCallIDs) {
            return ModelQuirks.shortCallIDs
        }
        guard status == 400 || status == 422 || payload.isLiteralError else { return nil }
        return payload.refusedField(of: body.optionalFields).map(body.refusal)
    }
}
