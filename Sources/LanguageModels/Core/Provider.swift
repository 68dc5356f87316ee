/// Answers prompts: a model server, or a script.
///
/// Implementations are called from many tasks at once, honour the cancellation of the task that calls them, and never
/// block a thread.
public protocol Provider: Sendable {
    /// The name by which it is registered and requested, for example `ollama`.
    var name: String { get }

    /// The model that answers if a request names none.
    var defaultModel: String { get }

    /// Returns whether it could answer now. It is cheap: no tokens are used.
    func isAvailable() async -> Bool

    /// Returns the ids of its models, as ``CompletionRequest/model`` takes them.
    func models() async throws(ProviderError) -> [String]

    /// Answers a prompt.
    ///
    /// - Parameters:
    ///   - request: The prompt and how to answer it.
    ///   - deltas: If given, receives the answer's text piece by piece before this returns; the pieces joined are the
    ///     completion's content. A provider that cannot stream calls it once.
    /// - Returns: The whole answer.
    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion

    /// Returns the vectors of texts. A provider without embeddings need not implement this.
    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings

    /// The size of the context window, in tokens of prompt and answer together; nil if it is not known.
    var contextWindow: Int? { get }
}

extension Provider {
    /// Throws `invalidRequest`: this provider makes no embeddings.
    public func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings {
        throw ProviderError(.invalidRequest, "the provider \(name) makes no embeddings")
    }

    /// Returns nil: the size is not known.
    public var contextWindow: Int? { nil }
}

/// Receives a piece of an answer. Called by the task that reads the answer, so it must return at once.
public typealias DeltaSink = @Sendable (_ text: String) -> Void
