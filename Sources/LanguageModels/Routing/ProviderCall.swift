/// What a provider is asked.
package enum ProviderCall: Sendable {
    case completion(CompletionCall)
    case embeddings(EmbeddingRequest)
}

/// A prompt for a provider. It is a reference, so that passing it on copies a pointer.
package final class CompletionCall: Sendable {
    /// The prompt, and how to answer it.
    package let request: CompletionRequest
    /// Receives the text piece by piece; nil if nobody wants the pieces.
    package let deltas: DeltaSink?

    /// Creates a call.
    package init(_ request: CompletionRequest, _ deltas: DeltaSink?) { (self.request, self.deltas) = (request, deltas) }
}

/// What a provider answered.
package enum ProviderAnswer: Sendable {
    case completion(Completion)
    case embeddings(Embeddings)

    /// The number of requests that were made.
    var requests: Int {
        if case .completion(let completion) = self { completion.requests } else { 1 }
    }

    /// When the text arrived; nil if that is not known.
    package var timing: Completion.Timing? {
        if case .completion(let completion) = self { completion.timing } else { nil }
    }

    /// The number of tokens used; nil if the provider does not say.
    package var usage: TokenUsage? {
        switch self {
        case .completion(let completion): completion.usage
        case .embeddings(let embeddings): embeddings.usage
        }
    }
}
