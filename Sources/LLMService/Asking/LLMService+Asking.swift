import LanguageModels
import ServiceRuntime

/// What was answered, and by whom.
struct Reply: Sendable {
    var completion: Completion
    var provider: String
    /// The times a provider was asked.
    var attempts: Int
    /// Whether it is another request's answer.
    var isShared = false
}

extension LLMService {
    /// Asks a provider, and whoever comes after it: for an answer that is none, once more.
    func ask(
        _ choice: ModelChoice, _ request: CompletionRequest, _ submission: Submission, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Reply {
        let deadline = submission.arrival + submission.timeout
        guard let cache, case .complete = submission.work, request.temperature == 0 else {
            return try await reply(choice, request, deadline, deltas)
        }
        var request = request
        request.model = request.model ?? choice.provider.defaultModel
        let asked = request
        let reply = try await cache.reply(to: asked, at: choice.provider.name) { () async throws(LLMError) -> Reply in
            try await self.reply(choice, asked, deadline, deltas)
        }
        if reply.isShared { await deltas?(reply.completion.content) }
        return reply
    }

    /// The vectors of some texts, and whether they were another request's.
    func embed(
        _ choice: ModelChoice, _ request: EmbeddingRequest, _ submission: Submission
    ) async throws(LLMError) -> (embeddings: Embeddings, attempts: Int, isShared: Bool) {
        let deadline = submission.arrival + submission.timeout
        let ask = { @Sendable () async throws(LLMError) -> (Embeddings, Int) in
            let first = Dispatcher.Candidate(provider: choice.provider, model: choice.model)
            do throws(Dispatcher.Failure) {
                let outcome = try await self.dispatcher.run(first, fallsBack: false, deadline: deadline) {
                    candidate, _ throws(ProviderError) in try await candidate.provider.embed(request)
                }
                return (outcome.answer, outcome.attempts)
            } catch {
                throw LLMError(error)
            }
        }
        guard let cache else {
            let (embeddings, attempts) = try await ask()
            return (embeddings, attempts, false)
        }
        return try await cache.embeddings(of: request, at: choice.provider.name, ask)
    }

    /// Once more, with a larger budget, where a model spent all of it before it said a word; and once more where JSON was
    /// asked for and something else came.
    private func reply(
        _ choice: ModelChoice, _ request: CompletionRequest, _ deadline: ContinuousClock.Instant, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Reply {
        var request = request.withInstruction
        var attempts = 0
        var error = LLMError(.emptyAnswer, "the language model had nothing to say", provider: choice.provider.name)
        for _ in 1...2 {
            let outcome = try await dispatch(choice, request, deadline, deltas, attempts)
            attempts += outcome.attempts
            var completion = outcome.answer
            let provider = outcome.candidate.provider.name
            if completion.content.allSatisfy(\.isWhitespace) {
                error = LLMError(.emptyAnswer, "the language model had nothing to say", provider: provider)
                guard completion.finishReason == .length else { break }
                let (larger, isTooLarge) = (request.maxTokens ?? 0).multipliedReportingOverflow(by: 4)
                request.maxTokens = isTooLarge ? .max : max(4096, larger)
                continue
            }
            if request.format != nil {
                guard let json = completion.json else {
                    error = LLMError(
                        .providerError, "the language model's answer was not the JSON that was asked for",
                        provider: provider)
                    continue
                }
                completion.content = json
                await deltas?(json)
            }
            return Reply(completion: completion, provider: provider, attempts: attempts)
        }
        error.attempts = attempts
        throw error
    }

    private func dispatch(
        _ choice: ModelChoice, _ request: CompletionRequest, _ deadline: ContinuousClock.Instant,
        _ deltas: DeltaSink?, _ attempts: Int
    ) async throws(LLMError) -> Dispatcher.Outcome<Completion> {
        let first = Dispatcher.Candidate(provider: choice.provider, model: request.model)
        // JSON is handed out once it is known to be JSON.
        let deltas = request.format == nil ? deltas : nil
        do throws(Dispatcher.Failure) {
            return try await dispatcher.run(first, deadline: deadline) {
                $0.timing
            } attempt: { candidate, handedOut throws(ProviderError) in
                var request = request
                request.model = candidate.model
                guard let deltas else { return try await candidate.provider.complete(request, deltas: nil) }
                let held = HeldBlank { piece in
                    handedOut.mark()
                    await deltas(piece)
                }
                return try await candidate.provider.complete(request, deltas: held.take)
            }
        } catch {
            var failure = LLMError(error)
            failure.attempts = attempts + error.attempts
            throw failure
        }
    }
}

extension LLMError {
    init(_ failure: Dispatcher.Failure) {
        self.init(failure.error, from: failure.provider)
        attempts = failure.attempts
    }
}

extension Provider {
    /// The bytes of a prompt that leave room for the answer in its window, at three bytes a token; nil where its window is
    /// not known.
    func promptBytes(leaving maxTokens: Int?) -> Int? {
        contextWindow.map { window in max(0, window - min(maxTokens ?? 1024, window / 2)) * 3 }
    }
}
