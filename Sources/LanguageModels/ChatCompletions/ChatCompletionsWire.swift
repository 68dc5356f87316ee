import HTTPTransport

/// The exchange of `/chat/completions`, shared by every provider that speaks it.
struct ChatCompletionsWire: Sendable {
    /// Requests made for one answer where a model refuses optional fields one after the other: temperature, both names
    /// of the largest answer, stop.
    private static let maxTries = 4

    let endpoint: ProviderEndpoint
    let defaultModel: String
    /// The server's name for the largest answer.
    let tokenField: String
    private let refused = RefusedFields()

    init(endpoint: ProviderEndpoint, defaultModel: String, tokenField: String) {
        self.endpoint = endpoint
        self.defaultModel = defaultModel
        self.tokenField = tokenField
    }

    /// One answer, as a whole.
    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        let model = request.model ?? defaultModel
        let response = try await exchange(request, model: model)
        let completion = try ChatCompletionsReader(endpoint: endpoint, model: model).completion(response)
        if let deltas, !completion.content.isEmpty { await deltas(completion.content) }
        return completion
    }

    /// The ids in `GET /models`.
    func models() async throws(ProviderError) -> [String] {
        let response = try await endpoint.get("/models")
        guard response.status == 200 else { throw endpoint.failure(response) }
        guard let ids = ModelList.openAI(response.body) else { throw endpoint.failure(response) }
        return ids
    }

    /// Whether `GET /models` answers 200.
    func listsModels() async -> Bool {
        do {
            return try await endpoint.get("/models", within: .seconds(5)).status == 200
        } catch {
            return false
        }
    }

    /// Sends the request, and again without what the model says it does not take (reasoning models refuse
    /// `temperature` and `max_tokens`); that is remembered.
    private func exchange(_ request: CompletionRequest, model: String) async throws(ProviderError) -> HTTPResponse {
        var left = refused.of(model)
        var tries = 0
        while true {
            let body = ChatCompletionsRequest(request: request, model: model, tokenField: tokenField, refused: left)
            let response = try await endpoint.post("/chat/completions", body.encoded())
            tries += 1
            guard response.status == 400 || response.status == 422, tries < Self.maxTries,
                let field = ErrorPayload.parse(response.body)?.refusedField(of: body.optionalFields)
            else { return response }
            left.insert(field)
            refused.insert(field, of: model)
        }
    }
}
