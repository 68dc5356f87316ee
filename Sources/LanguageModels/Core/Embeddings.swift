package import Observability
import ServiceRuntime

/// Texts whose vectors are wanted.
public struct EmbeddingRequest: Sendable, Hashable {
    /// The texts; at least one, none empty.
    public var inputs: [String]
    /// The model's id; nil for the provider's default for embeddings.
    public var model: String?
    /// The span of this one try; nil where nobody traces. What is kept for others to use has none.
    package var span: TraceSpan?

    /// Creates a request.
    public init(_ inputs: [String], model: String? = nil) {
        self.inputs = inputs.map(\.promptText).map { $0.isEmpty ? " " : $0 }
        self.model = model
    }
}

/// Vectors, one for each text, in the order of the texts.
public struct Embeddings: Sendable, Equatable {
    /// The vectors: at least one, all of the same length.
    public var vectors: [[Double]]
    /// The model that made them, as the provider names it.
    public var model: String
    /// The number of tokens used; nil if the provider does not say.
    public var usage: TokenUsage?

    /// Creates the vectors of a request.
    public init(_ vectors: [[Double]], model: String, usage: TokenUsage? = nil) {
        self.vectors = vectors
        self.model = model
        self.usage = usage
    }

    /// The length of each vector.
    public var dimensions: Int { vectors.first?.count ?? 0 }
}
