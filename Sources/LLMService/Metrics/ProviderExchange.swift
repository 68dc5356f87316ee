package import LanguageModels

/// A provider was asked once, and this came of it.
package struct ProviderExchange: Sendable {
    /// What it was asked for, as OpenTelemetry names it.
    package enum Operation: String, Sendable { case chat, embeddings }

    /// What it was asked for.
    package var operation: Operation
    /// The provider, by name.
    package var provider: String
    /// The model that was asked for.
    package var model: String
    /// From the question to its end.
    package var duration: Duration
    /// To the first text; nil where that was not seen.
    package var firstToken: Duration?
    /// The tokens spent, where the provider says.
    package var usage: TokenUsage?
    /// Why there was no answer, if there was none.
    package var error: ProviderError?
}

extension LLMService {
    /// A provider answered.
    @inline(never)
    func tell(_ completion: Completion, from candidate: Dispatcher.Candidate, asked: ContinuousClock.Instant) {
        exchanges.tell(
            ProviderExchange(
                operation: .chat, provider: candidate.provider.name,
                model: candidate.model ?? candidate.provider.defaultModel, duration: elapsed(since: asked),
                firstToken: completion.timing?.firstToken, usage: completion.usage))
    }

    /// A provider made vectors.
    @inline(never)
    func tell(_ embeddings: Embeddings, from candidate: Dispatcher.Candidate, asked: ContinuousClock.Instant) {
        // A provider's default is that for chats, so what it says itself is nearer the truth.
        exchanges.tell(
            ProviderExchange(
                operation: .embeddings, provider: candidate.provider.name,
                model: candidate.model ?? embeddings.model, duration: elapsed(since: asked),
                usage: embeddings.usage))
    }

    /// A provider failed.
    @inline(never)
    func tell(
        _ error: ProviderError, _ operation: ProviderExchange.Operation, from candidate: Dispatcher.Candidate,
        asked: ContinuousClock.Instant
    ) {
        exchanges.tell(
            ProviderExchange(
                operation: operation, provider: candidate.provider.name,
                model: candidate.model ?? (operation == .chat ? candidate.provider.defaultModel : ""),
                duration: elapsed(since: asked), error: error))
    }
}
