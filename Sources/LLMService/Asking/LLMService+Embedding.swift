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
            do throws(RoutingFailure) {
                let question = EmbeddingQuestion(
                    choice.route, request, deadline: deadline, below: spending.span, by: self)
                let answer = try await self.router.answer(to: question)
                guard case .embeddings(let embeddings) = answer.answer else {
                    preconditionFailure("an answer of another kind")
                }
                spending.add(embeddings, of: inputs)
                return EmbeddingReply(embeddings: embeddings, attempts: answer.attempts)
            } catch {
                let code = error.error.code
                if error.attempts > 0, code == .cancelled || code == .timeout { spending.breakOff(inputs) }
                throw LLMError(error.error, from: error.provider, attempts: error.attempts)
            }
        }
        let begun = time.now
        let waited = spending.waited
        // The wait counts for everybody, whoever's call it is.
        defer { spending.waited = waited + elapsed(since: begun) }
        guard let cache else { return try await ask() }
        return try await cache.embeddings(of: request, at: choice.provider.name, ask)
    }
}
