import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Asks a provider, and those of its fallback chain. Asks once more, with a larger budget, where a model spent all of
    /// it before it said a word; and once more where JSON was asked for and something else came.
    ///
    /// - Parameter isShareable: whether another request's answer to the same question will do.
    func ask(_ question: Question, isShareable: Bool) async throws(LLMError) -> Reply {
        if isShareable, let cache, question.request.temperature == 0 { return try await ask(question, cache) }
        var question = question.withInstruction
        var (attempts, isRepeated) = (0, false)
        while true {
            let begun = time.now
            let verdict: Verdict
            do throws(RoutingFailure) {
                verdict = take(try await router.answer(to: question), question, attempts, since: begun)
            } catch {
                throw breakOff(question, error, after: attempts, since: begun)
            }
            switch verdict {
            case .reply(let reply): return reply
            case .failure(let error): throw error
            case .again(let another, let error):
                if isRepeated { throw error }
                (question, attempts, isRepeated) = (another, error.attempts ?? 0, true)
            }
        }
    }

    private func ask(_ question: Question, _ cache: AnswerCache) async throws(LLMError) -> Reply {
        // Others may join, who have more time; each of them has a deadline of its own besides.
        let begun = time.now
        let shared = question.lasting(until: begun + settings.requestTimeout)
        let waited = question.spending?.waited ?? .zero
        // The wait counts for everybody, whoever's call it is.
        defer { question.spending?.waited = waited + elapsed(since: begun) }
        let reply = try await cache.reply(to: shared) { () async throws(LLMError) -> Reply in
            try await self.ask(shared, isShareable: false)
        }
        if reply.isShared { question.deltas?(reply.completion.content) }
        return reply
    }

    // MARK: what came

    /// What is to be done about an answer.
    private enum Verdict {
        case reply(Reply)
        /// Asked for once more, in another way; if that has been done, it is this error.
        case again(Question, LLMError)
        case failure(LLMError)
    }

    /// An answer came.
    @inline(never)
    private func take(
        _ answer: RoutedAnswer, _ question: Question, _ attempts: Int, since begun: ContinuousClock.Instant
    ) -> Verdict {
        guard case .completion(let completion) = answer.answer else { preconditionFailure("an answer of another kind") }
        question.spending?.wait(for: elapsed(since: begun))
        question.spending?.add(completion, to: question.request)
        return Self.verdict(
            on: completion, from: answer.route.provider.name, question, attempts: attempts + answer.attempts)
    }

    private static func verdict(
        on completion: Completion, from provider: String, _ question: Question, attempts: Int
    ) -> Verdict {
        var completion = completion
        let request = question.request
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
            // JSON is handed out once it is known to be JSON.
            question.deltas?(json)
        }
        return .reply(Reply(completion, from: provider, attempts: attempts))
    }

    /// No answer came. Returns the error for it.
    @inline(never)
    private func breakOff(
        _ question: Question, _ failure: RoutingFailure, after attempts: Int, since begun: ContinuousClock.Instant
    ) -> LLMError {
        let (error, attempts) = (failure.error, attempts + failure.attempts)
        // Whether a provider was at work when somebody stopped it, or its time was over.
        let isStopped = failure.attempts > 0 && (error.code == .cancelled || error.code == .timeout)
        question.spending?.wait(for: elapsed(since: begun))
        question.spending?.breakOff(question.request, isStopped: isStopped)
        // A part of the answer is out: that the rest was too long for the model is a break like any other, and no reason
        // to ask for another answer.
        guard failure.hasEmitted, error.code == .tooLong else {
            return LLMError(error, from: failure.provider, attempts: attempts)
        }
        return LLMError(
            .providerUnavailable, "the language model failed in the middle of its answer", provider: failure.provider,
            detail: String(reflecting: error), attempts: attempts)
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
}

extension CompletionRequest {
    /// The same, with the model told that JSON is wanted, where it is: OpenAI refuses to hold a model to it that was not
    /// told, and what cannot be held to it should at least know.
    var withInstruction: CompletionRequest {
        guard let format else { return self }
        var instruction = "Answer with JSON alone, without any text before or after it."
        // For those that cannot be held to a schema.
        if let schema = format.schemaText { instruction += " It must follow this JSON Schema: \(schema)" }
        var request = self
        switch input {
        case .text(let prompt, let system):
            request.input = .text(prompt, system: system.map { $0 + "\n" + instruction } ?? instruction)
        case .messages(var messages):
            if messages.first?.role == .system {
                messages[0].content += "\n" + instruction
            } else {
                messages.insert(ChatMessage(.system, instruction), at: 0)
            }
            request.input = .messages(messages)
        }
        return request
    }
}
