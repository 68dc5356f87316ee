import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Asks a provider, and whoever comes after it: for an answer that is none, once more.
    ///
    /// - Parameter isShareable: whether another request's answer to the same question will do.
    func ask(_ question: Question, isShareable: Bool) async throws(LLMError) -> Reply {
        if isShareable, let cache, question.request.temperature == 0 { return try await ask(question, cache) }
        return try await reply(to: question)
    }

    private func ask(_ question: Question, _ cache: AnswerCache) async throws(LLMError) -> Reply {
        // Others may join, who have more time; each of them has a deadline of its own besides.
        let begun = time.now
        let shared = question.lasting(until: begun + settings.requestTimeout)
        let waited = question.spending?.waited ?? .zero
        // Whoever's call it is that is waited for.
        defer { question.spending?.waited = waited + elapsed(since: begun) }
        let reply = try await cache.reply(to: shared) { () async throws(LLMError) -> Reply in
            try await self.reply(to: shared)
        }
        if reply.isShared { await question.deltas?(reply.completion.content) }
        return reply
    }

    /// Once more, with a larger budget, where a model spent all of it before it said a word; and once more where JSON was
    /// asked for and something else came.
    private func reply(to question: Question) async throws(LLMError) -> Reply {
        let question = question.withInstruction
        let first = try await dispatch(question, after: 0)
        switch Self.verdict(on: first, question, attempts: 0) {
        case .again(let larger, _):
            let second = try await dispatch(larger, after: first.attempts)
            return try await accept(Self.verdict(on: second, larger, attempts: first.attempts), question)
        case let verdict: return try await accept(verdict, question)
        }
    }

    /// JSON is handed out once it is known to be JSON.
    private func accept(_ verdict: Verdict, _ question: Question) async throws(LLMError) -> Reply {
        switch verdict {
        case .again(_, let error), .failure(let error): throw error
        case .reply(let reply):
            if question.request.format != nil { await question.deltas?(reply.completion.content) }
            return reply
        }
    }

    private func dispatch(
        _ question: Question, after attempts: Int
    ) async throws(LLMError) -> Dispatcher.Outcome<Completion> {
        let begun = time.now
        defer { question.spending?.wait(for: elapsed(since: begun)) }
        do throws(Dispatcher.Failure) {
            let outcome = try await dispatcher.run(question.candidate, deadline: question.deadline) {
                $0.timing
            } attempt: { candidate, handedOut throws(ProviderError) in
                let asked = time.now
                let completion: Completion
                do throws(ProviderError) {
                    completion = try await candidate.provider.complete(
                        request(question, for: candidate), deltas: question.sink(marking: handedOut))
                } catch {
                    tell(error, .chat, from: candidate, asked: asked)
                    throw error
                }
                tell(completion, from: candidate, asked: asked)
                return try Self.check(completion, from: candidate, question)
            }
            question.spending?.add(outcome.answer, to: question.request)
            return outcome
        } catch {
            question.spending?.breakOff(question.request, isStopped: Self.isStop(error))
            throw Self.failure(error, after: attempts)
        }
    }

    /// The request as this provider gets it.
    @inline(never)
    private func request(_ question: Question, for candidate: Dispatcher.Candidate) -> CompletionRequest {
        var request = question.request
        request.model = candidate.model
        request.contextWindow = settings.context.maxTokens(
            provider: candidate.provider.name, model: candidate.model ?? candidate.provider.defaultModel)
        return request
    }

    /// Whether a provider was at work when somebody stopped it, or its time was over.
    private static func isStop(_ failure: Dispatcher.Failure) -> Bool {
        failure.attempts > 0 && (failure.error.code == .cancelled || failure.error.code == .timeout)
    }

    private static func failure(_ failure: Dispatcher.Failure, after attempts: Int) -> LLMError {
        let attempts = attempts + failure.attempts
        // A part of the answer is out: that the rest was too long for the model is a break like any other, and no reason
        // to ask for another answer.
        guard failure.isHandedOut, failure.error.code == .tooLong else {
            return LLMError(failure.error, from: failure.provider, attempts: attempts)
        }
        return LLMError(
            .providerUnavailable, "the language model failed in the middle of its answer", provider: failure.provider,
            detail: String(reflecting: failure.error), attempts: attempts)
    }

    // MARK: what came

    /// Where JSON is wanted, somebody who stands in and has none has no answer: who was asked first failed.
    @inline(never)
    private static func check(
        _ completion: Completion, from candidate: Dispatcher.Candidate, _ question: Question
    ) throws(ProviderError) -> Completion {
        guard question.request.format != nil, candidate !== question.candidate, completion.json == nil else {
            return completion
        }
        throw ProviderError(.badAnswer, "the answer was not the JSON that was asked for", blamesProvider: false)
    }

    /// What is to be done about an answer.
    private enum Verdict {
        case reply(Reply)
        /// Asked for once more, in another way; if that has been done, it is this error.
        case again(Question, LLMError)
        case failure(LLMError)
    }

    @inline(never)
    private static func verdict(
        on outcome: Dispatcher.Outcome<Completion>, _ question: Question, attempts: Int
    ) -> Verdict {
        var completion = outcome.answer
        let request = question.request
        let provider = outcome.candidate.provider.name
        let attempts = attempts + outcome.attempts
        // A call of a tool that was offered is an answer without a word.
        if request.tools != nil, !completion.toolCalls.isEmpty {
            return .reply(Reply(completion, from: provider, attempts: attempts))
        }
        if completion.content.allSatisfy(\.isWhitespace) {
            let error = LLMError(
                .emptyAnswer, "the language model had nothing to say", provider: provider, attempts: attempts)
            guard completion.finishReason == .length else { return .failure(error) }
            return .again(question.withLargerBudget, error)
        }
        if request.format != nil {
            guard let json = completion.json else {
                let text = "the language model's answer was not the JSON that was asked for"
                let error = LLMError(.providerError, text, provider: provider, attempts: attempts)
                return .again(completion.finishReason == .length ? question.withLargerBudget : question, error)
            }
            completion.content = json
        }
        return .reply(Reply(completion, from: provider, attempts: attempts))
    }
}

extension Question {
    /// The same, for an answer that spent its tokens before it was one.
    fileprivate var withLargerBudget: Question {
        var request = request
        let (larger, isTooLarge) = (request.maxTokens ?? 0).multipliedReportingOverflow(by: 4)
        request.maxTokens = isTooLarge ? .max : max(4096, larger)
        return asking(request)
    }

    /// The same, with the model told that JSON is wanted, where it is.
    @inline(never)
    fileprivate var withInstruction: Question { request.format == nil ? self : asking(request.withInstruction) }

    /// Where the answer's pieces go as they come, if they do. Each attempt has one of its own.
    fileprivate func sink(marking handedOut: HandedOut) -> DeltaSink? {
        guard let deltas, request.format == nil else { return nil }
        return HeldBlank { [spending] piece in
            handedOut.mark()
            spending?.handOut(piece)
            await deltas(piece)
        }.take
    }
}
