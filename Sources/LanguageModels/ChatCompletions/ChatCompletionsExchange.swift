import HTTPTransport

/// One answer of `/chat/completions`, asked for until the model takes the question: once more without each field that it
/// says it does not take (reasoning models refuse `temperature` and `max_tokens`), which is remembered.
///
/// Used by one task. A reference, and each step a function of its own: thousands of these wait at once.
final class ChatCompletionsExchange {
    /// Requests made for one answer where a model refuses optional fields one after the other: each of them, both names
    /// of the largest answer, and both ways to give a schema.
    private static let maxTries = 8

    private let endpoint: ProviderEndpoint
    private let reader: ChatCompletionsReader
    private let remembered: RefusedFields
    private var body: ChatCompletionsRequest
    private var tries = 0
    private var started = ContinuousClock.now

    init(_ wire: ChatCompletionsWire, _ request: CompletionRequest) {
        let model = request.model ?? wire.defaultModel
        endpoint = wire.endpoint.withKey(request.span)
        reader = ChatCompletionsReader(endpoint: endpoint, model: model)
        remembered = wire.refused
        body = ChatCompletionsRequest(
            request: request, model: model, tokenField: wire.tokenField, extras: wire.extras,
            refused: remembered.of(model))
    }

    /// The answer.
    func complete(_ deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        while true {
            let response = try await endpoint.open("/chat/completions", nextBody())
            if (200..<300).contains(response.status) {
                if let completion = try await read(response, deltas) { return completion }
            } else {
                try await learn(from: response)
            }
        }
    }

    @inline(never)
    private func nextBody() -> [UInt8] {
        started = .now
        return body.encoded()
    }

    /// The answer in a response; nil where it is to be asked for as a whole: some servers (llama-cpp-python's) have no way
    /// to tell of a failure once they stream, they just end.
    @inline(never)
    private func read(
        _ response: HTTPStreamingResponse, _ deltas: DeltaSink?
    ) async throws(ProviderError) -> Completion? {
        let stream = ChatCompletionsStream(reader: reader, status: response.status, headers: response.headers)
        do throws(ProviderError) {
            return try await AnswerStream(response, from: endpoint, into: stream, started: started).read(deltas)
        } catch {
            // A connection that broke is another thing: that is for whoever counts the tries.
            guard body.isStreamed, stream.saidNothing, error.code == .badAnswer else { throw error }
            body.isStreamed = false
            return nil
        }
    }

    /// Leaves out what the model says it does not take.
    ///
    /// - Throws: the refusal, where there is nothing to leave out.
    @inline(never)
    private func learn(from response: HTTPStreamingResponse) async throws(ProviderError) {
        let refusal = try await endpoint.collect(response)
        tries += 1
        guard tries < Self.maxTries, let payload = ErrorPayload.parse(refusal.body),
            refusal.status == 400 || refusal.status == 422 || payload.isLiteralError,
            let field = payload.refusedField(of: body.optionalFields).map(body.refusal)
        else { throw reader.failure(refusal) }
        body.refused.insert(field)
        remembered.insert(field, of: body.model)
    }
}
