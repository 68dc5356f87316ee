/// A place that answers prompts: a model server, or a script.
///
/// Implementations are called from many tasks at once, honour the cancellation of the task that calls them, and never
/// block a thread.
public protocol Provider: Sendable {
    /// What it is registered and asked for by, e.g. `ollama`.
    var name: String { get }

    /// The model that answers where a request names none.
    var defaultModel: String { get }

    /// Whether it could answer now. Cheap: no tokens are spent.
    func isAvailable() async -> Bool

    /// The models it offers, by the ids that ``CompletionRequest/model`` takes.
    func models() async throws(ProviderError) -> [String]

    /// One answer.
    ///
    /// - Parameters:
    ///   - request: the prompt and how to answer it.
    ///   - deltas: where given, receives the answer's text piece by piece before this returns; the pieces joined are the
    ///     completion's content. A provider that cannot stream calls it once.
    /// - Returns: the whole answer.
    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion

    /// The vectors of some texts. A provider without embeddings need not have this.
    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings

    /// Tokens of a prompt and its answer together, beyond which the prompt is cut or refused; nil where it is not known.
    var contextWindow: Int? { get }
}

extension Provider {
    /// Refuses: there are none.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        throw ProviderError(.invalidRequest, "the provider \(name) makes no embeddings")
    }

    /// Not known.
    public var contextWindow: Int? { nil }
}

/// Receives a piece of an answer. Called by the task that reads the answer, so it must return at once.
public typealias DeltaSink = @Sendable (_ text: String) -> Void
