import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Takes a request to its one end. It runs in a task of its own, awaited here: to stop one request is to cancel one
    /// task.
    func outcome(of submission: Submission, deltas: DeltaSink?) async -> Result<Answer, LLMError> {
        let ticket = submission.ticket
        let task = Task { await perform(submission, deltas: deltas) }
        requests.attach(ticket, task)
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            requests.stop(.ticket(ticket)) { _ in .cancelled }
        }
    }

    private func perform(_ submission: Submission, deltas: DeltaSink?) async -> Result<Answer, LLMError> {
        do throws(LLMError) {
            try await turn(submission)
            switch submission.work {
            case .chat(let message, let channel, let username):
                let question = ChatMessage(.user, message, speaker: username)
                let conversation = await store.conversation(channel)
                return .success(try await converse(submission, question, channel, conversation, deltas))
            case .retry(let channel):
                return .success(try await retry(submission, channel, deltas))
            case .complete(let input):
                return .success(try await complete(submission, input, deltas))
            }
        } catch {
            // Whoever stopped it says why; that it then failed to be done is no news.
            let reason = requests.settle(submission.ticket)
            return .failure(reason.map { stopped($0, submission) } ?? error)
        }
    }

    private func turn(_ submission: Submission) async throws(LLMError) {
        do {
            try await lanes.turn(submission.ticket)
        } catch {
            throw LLMError(.cancelled, "stopped")
        }
        // A place that was free needed no waiting, and noticed no stop.
        guard requests.begin(submission.ticket) else { throw LLMError(.cancelled, "stopped") }
    }

    // MARK: the three kinds of work

    /// A question to a conversation; `replacing` its last turn or after it.
    private func converse(
        _ submission: Submission, _ question: ChatMessage, _ channel: String, _ conversation: Conversation,
        replacing: Bool = false, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Answer {
        let options = submission.options
        let persona = try currentPersona(options.persona, conversation)
        let model = options.model ?? (options.provider == nil ? conversation.model ?? persona.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let window = PromptWindow(
            persona: persona, turns: replacing ? conversation.turns.dropLast() : conversation.turns[...],
            question: question, maxMessages: settings.maxContextMessages)
        let request = CompletionRequest(
            .messages(window.messages), model: choice.model,
            temperature: options.temperature ?? persona.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop)

        let (completion, attempts) = try await ask(choice.provider, request, deltas)
        var answer = answer(to: submission, completion, choice.provider, attempts)
        answer.persona = persona.name
        answer.context = Answer.Context(
            messages: window.messages.count - 1, dropped: window.dropped + conversation.departed, isPersisted: false)
        if let error = submission.refusal(answer) { throw error }
        try settle(submission)
        let turn = Turn(speaker: question.speaker, question: question.content, answer: completion.content)
        answer.context?.isPersisted = await store.store(
            turn, in: channel, epoch: conversation.epoch, replacingLast: replacing)
        return answer
    }

    private func retry(
        _ submission: Submission, _ channel: String, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Answer {
        let conversation = await store.conversation(channel)
        guard let last = conversation.turns.last else {
            throw LLMError(.notFound, "There is no answer to try again yet")
        }
        let question = ChatMessage(.user, last.question, speaker: last.speaker)
        return try await converse(submission, question, channel, conversation, replacing: true, deltas)
    }

    private func complete(
        _ submission: Submission, _ input: CompletionRequest.Input, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Answer {
        let options = submission.options
        var persona: Persona?
        if options.system == nil, let name = options.persona { persona = try self.persona(named: name) }
        let model = options.model ?? (options.provider == nil ? persona?.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let request = CompletionRequest(
            input.with(system: options.system ?? persona?.prompt), model: choice.model,
            temperature: options.temperature ?? persona?.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop)

        let (completion, attempts) = try await ask(choice.provider, request, deltas)
        try settle(submission)
        var answer = answer(to: submission, completion, choice.provider, attempts)
        answer.persona = persona?.name
        return answer
    }

    // MARK: parts

    /// The persona that is asked for, or the conversation's, or the default.
    func currentPersona(_ asked: String?, _ conversation: Conversation) throws(LLMError) -> Persona {
        if let asked { return try persona(named: asked) }
        if let chosen = conversation.persona, let persona = settings.personas[chosen] { return persona }
        return try persona(named: settings.defaultPersona)
    }

    /// Asks a provider; once more, with a larger budget, where a model spent all of it before it said a word.
    private func ask(
        _ provider: any Provider, _ request: CompletionRequest, _ deltas: DeltaSink?
    ) async throws(LLMError) -> (Completion, attempts: Int) {
        var request = request
        for attempt in 1...2 {
            let completion: Completion
            do {
                completion = try await provider.complete(request, deltas: deltas.map { HeldBlank($0).take })
            } catch {
                throw LLMError(error, from: provider.name)
            }
            if !completion.content.allSatisfy(\.isWhitespace) { return (completion, attempt) }
            guard completion.finishReason == .length else { break }
            let (larger, isTooLarge) = (request.maxTokens ?? 0).multipliedReportingOverflow(by: 4)
            request.maxTokens = isTooLarge ? .max : max(4096, larger)
        }
        throw LLMError(.emptyAnswer, "the language model had nothing to say", provider: provider.name)
    }

    /// The point of no return: what stopped the request before counts, what comes later is too late.
    private func settle(_ submission: Submission) throws(LLMError) {
        if let reason = requests.settle(submission.ticket) { throw stopped(reason, submission) }
    }

    private func answer(
        to submission: Submission, _ completion: Completion, _ provider: any Provider, _ attempts: Int
    ) -> Answer {
        Answer(
            content: completion.content, requestID: submission.requestID, provider: provider.name,
            model: completion.model, finishReason: completion.finishReason, usage: completion.usage,
            latency: elapsed(since: submission.arrival), attempts: attempts)
    }

    private func stopped(_ reason: StopReason, _ submission: Submission) -> LLMError {
        switch reason {
        case .cancelled:
            return LLMError(.cancelled, "the request was cancelled")
        case .shutdown:
            return LLMError(.shuttingDown, "the service is restarting; please try again in a moment")
        case .deadline(let whileRunning):
            let seconds = submission.timeout.secondsText
            return whileRunning
                ? LLMError(.timeout, "the language model did not finish within \(seconds) in all")
                : LLMError(.timeout, "the request waited for its turn until its \(seconds) were over")
        }
    }
}

extension CompletionRequest.Input {
    /// The same with a system prompt before it, if there is one.
    fileprivate func with(system: String?) -> CompletionRequest.Input {
        guard let system else { return self }
        switch self {
        case .text(let prompt, _): return .text(prompt, system: system)
        case .messages(let messages): return .messages([ChatMessage(.system, system)] + messages)
        }
    }
}

extension Duration {
    /// `30 s`, `1.5 s`.
    fileprivate var secondsText: String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
    }
}
