import LanguageModels
import ServiceRuntime

/// Vectors, and how they came.
struct EmbeddingReply: Sendable {
    let embeddings: Embeddings
    /// The times a provider was asked.
    let attempts: Int
    /// Whether they are another request's.
    var isShared = false
}

extension LLMService {
    /// The vectors of some texts.
    func embed(_ submission: Submission, _ inputs: [String]) async throws(LLMError) -> Boxed<Answer> {
        let options = submission.options
        let choice = try ModelChoice(model: options.model, provider: options.provider, registry: registry)
        let reply = try await vectors(
            of: inputs, from: choice, deadline: submission.deadline, spending: submission.spending)
        try settle(submission)
        var answer = Answer(
            content: "", requestID: submission.requestID, provider: choice.provider.name, model: reply.embeddings.model,
            finishReason: .stop, usage: reply.embeddings.usage, latency: elapsed(since: submission.arrival),
            attempts: reply.attempts)
        answer.isCached = reply.isShared
        answer.embeddings = reply.embeddings
        return Boxed(answer)
    }

    /// The vectors of some texts, in their order: those that are kept, or fresh ones.
    func vectors(
        of inputs: [String], from choice: ModelChoice, deadline: ContinuousClock.Instant, spending: Spending
    ) async throws(LLMError) -> EmbeddingReply {
        let request = EmbeddingRequest(inputs, model: choice.model)
        let ask = { @Sendable () async throws(LLMError) -> EmbeddingReply in
            do throws(LLMError) {
                let reply = try await self.embed(request, choice.candidate, deadline)
                spending.add(reply.embeddings, of: inputs)
                return reply
            } catch {
                if error.attempts ?? 0 > 0, error.code == .cancelled || error.code == .timeout {
                    spending.breakOff(inputs)
                }
                throw error
            }
        }
        let begun = time.now
        let waited = spending.waited
        // Whoever's call it is that is waited for.
        defer { spending.waited = waited + elapsed(since: begun) }
        guard let cache else { return try await ask() }
        return try await cache.embeddings(of: request, at: choice.provider.name, ask)
    }

    /// Another provider is never asked: its vectors would mean something else.
    private func embed(
        _ request: EmbeddingRequest, _ candidate: Dispatcher.Candidate, _ deadline: ContinuousClock.Instant
    ) async throws(LLMError) -> EmbeddingReply {
        do throws(Dispatcher.Failure) {
            let outcome = try await dispatcher.run(candidate, fallsBack: false, deadline: deadline) {
                candidate, _ throws(ProviderError) in
                let asked = time.now
                do throws(ProviderError) {
                    let embeddings = try await candidate.provider.embed(request)
                    tell(embeddings, from: candidate, asked: asked)
                    return embeddings
                } catch {
                    tell(error, .embeddings, from: candidate, asked: asked)
                    throw error
                }
            }
            return EmbeddingReply(embeddings: outcome.answer, attempts: outcome.attempts)
        } catch {
            throw LLMError(error.error, from: error.provider, attempts: error.attempts)
        }
    }
}
