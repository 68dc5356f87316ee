import FoundationEssentials
import HTTPTransport
import JSON

/// The exchange of `/chat/completions`, shared by every provider that speaks it.
struct ChatCompletionsWire: Sendable {
    /// Requests made for one answer where a model refuses optional fields one after the other: each of them, both names
    /// of the largest answer, and both ways to give a schema.
    private static let maxTries = 8

    let endpoint: ProviderEndpoint
    let defaultModel: String
    /// The model for embeddings where a request names none.
    let embeddingModel: String?
    /// The server's name for the largest answer.
    let tokenField: String
    /// Fields that this server alone has.
    let extras: [(name: String, value: JSONValue)]
    private let refused = RefusedFields()

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
        let model = request.model ?? defaultModel
        let endpoint = endpoint.withKey()
        let reader = ChatCompletionsReader(endpoint: endpoint, model: model)
        var left = refused.of(model)
        var tries = 0
        var isStreamed = true
        while true {
            let body = ChatCompletionsRequest(
                request: request, model: model, tokenField: tokenField, extras: extras, refused: left,
                isStreamed: isStreamed)
            let started = ContinuousClock.now
            let response = try await endpoint.open("/chat/completions", body.encoded())
            if (200..<300).contains(response.status) {
                let answer = ChatCompletionsStream(reader: reader, status: response.status, headers: response.headers)
                do throws(ProviderError) {
                    return try await AnswerStream(endpoint: endpoint, response: response, started: started)
                        .read(answer, deltas)
                } catch {
                    // Some servers (llama-cpp-python's) have no way to tell of a failure once they stream: they just end.
                    // Asked for the whole answer they say what is wrong.
                    guard isStreamed, error.saidNothing else { throw error }
                    isStreamed = false
                    continue
                }
            }
            let refusal = try await endpoint.collect(response)
            tries += 1
            // Once more without what the model says it does not take (reasoning models refuse `temperature` and
            // `max_tokens`); that is remembered.
            guard tries < Self.maxTries, let payload = ErrorPayload.parse(refusal.body),
                refusal.status == 400 || refusal.status == 422 || payload.isLiteralError,
                let field = payload.refusedField(of: body.optionalFields).map(body.refusal)
            else { throw reader.failure(refusal) }
            left.insert(field)
            refused.insert(field, of: model)
        }
    }

    /// `POST /embeddings`.
    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        guard let model = request.model ?? embeddingModel else {
            throw ProviderError(.invalidRequest, "the provider \(endpoint.name) has no model for embeddings configured")
        }
        let endpoint = endpoint.withKey()
        let body = JSONWriter.object { body in
            body.field("model", model)
            body.field("input") { $0.strings(request.inputs) }
            body.field("encoding_format", "float")
        }
        let response = try await endpoint.post("/embeddings", body)
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
