import FoundationEssentials
import HTTPTransport
import JSON

/// The exchange of `/chat/completions`, shared by every provider that speaks it.
final class ChatCompletionsWire: Sendable {
    let endpoint: ProviderEndpoint
    let defaultModel: String
    /// The model for embeddings where a request names none.
    let embeddingModel: String?
    /// The server's name for the largest answer.
    let tokenField: String
    /// Fields that this server alone has.
    let extras: [(name: String, value: JSONValue)]
    /// Fields that models were seen to refuse.
    let refused = RefusedFields()

    init(
        endpoint: ProviderEndpoint, defaultModel: String, embeddingModel: String?, tokenField: String,
        extras: [(name: String, value: JSONValue)] = []
    ) {
        self.endpoint = endpoint
        self.defaultModel = defaultModel
        self.embeddingModel = embeddingModel
        self.tokenField = tokenField
        self.extras = extras
    }

    /// One answer.
    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        try await ChatCompletionsExchange(self, request).complete(deltas)
    }

    /// `POST /embeddings`.
    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        guard let model = request.model ?? embeddingModel else {
            throw ProviderError(.invalidRequest, "the provider \(endpoint.name) has no model for embeddings configured")
        }
        let endpoint = endpoint.withKey(request.span)
        let body = JSONWriter.object { body in
            body.field("model", model)
            body.field("input") { $0.strings(request.inputs) }
            body.field("encoding_format", "float")
        }
        let response = try await endpoint.post(
            "/embeddings", body, maxBytes: EmbeddingVectors.maxBytes(count: request.inputs.count))
        let reader = ChatCompletionsReader(endpoint: endpoint, model: model)
        guard response.status == 200, let value = JSONValue.parse(response.body),
            let vectors = EmbeddingVectors(openAI: value, count: request.inputs.count)
        else { throw reader.failure(response) }
        let usage = TokenUsage(chatCompletions: value["usage"])
        return Embeddings(vectors.all, model: value["model"]?.string ?? model, usage: usage)
    }

    /// The ids in `GET /models`.
    func models() async throws(ProviderError) -> [String] {
        let endpoint = endpoint.withKey()
        let response = try await endpoint.get("/models")
        guard response.status == 200, let ids = ModelList.openAI(response.body) else {
            throw endpoint.failure(response)
        }
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
}
