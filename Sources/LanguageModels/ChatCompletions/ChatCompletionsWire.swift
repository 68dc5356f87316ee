import FoundationEssentials
import HTTPTransport
import JSON

/// The wire of `/chat/completions` and its neighbours, shared by every provider that speaks it: what is constant of it, and
/// the questions that cost nothing. An answer is a ``ChatCompletionsExchange``.
final class ChatCompletionsWire: Sendable {
    let endpoint: ProviderEndpoint
    let defaultModel: String
    /// The model for embeddings where a request names none.
    let embeddingModel: String?
    /// The server's name for the largest answer.
    let tokenField: String
    /// Fields that this server alone has.
    let extras: [(name: String, value: RawJSON)]
    let quirks = ModelQuirks()
    /// Where answers, vectors and models are asked for.
    let (completions, embeddings, list, check): (Path, Path, Path, Path)

    typealias Path = ProviderEndpoint.Path

    init(
        _ settings: ProviderSettings, _ endpoint: ProviderEndpoint, tokenField: String,
        extras: [(name: String, value: RawJSON)] = []
    ) {
        self.endpoint = endpoint
        (defaultModel, embeddingModel) = (settings.defaultModel, settings.embeddingModel)
        self.tokenField = tokenField
        self.extras = extras
        completions = endpoint.path(.post, "/chat/completions", isStreamed: true)
        embeddings = endpoint.path(.post, "/embeddings")
        list = endpoint.path(.get, "/models")
        check = endpoint.path(.get, "/models", timeout: .seconds(5))
    }

    /// `POST /embeddings`.
    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        guard let model = request.model ?? embeddingModel else {
            throw .noEmbeddingModel(at: endpoint.name)
        }
        let endpoint = endpoint.withKey(request.span)
        let body = JSONWriter.object { body in
            body.field("model", model)
            body.field("input") { $0.strings(request.inputs) }
            body.field("encoding_format", "float")
        }
        var post = endpoint.request(embeddings, body)
        post.maxResponseBytes = EmbeddingVectors.maxBytes(count: request.inputs.count)
        let response = try await endpoint.send(post)
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
        let response = try await endpoint.send(endpoint.request(list))
        guard response.status == 200, let ids = ModelList.openAI(response.body) else {
            throw endpoint.failure(response)
        }
        return ids
    }

    /// Whether `GET /models` answers 200.
    func listsModels() async -> Bool {
        let response = try? await endpoint.send(endpoint.request(check))
        return response?.status == 200
    }
}
