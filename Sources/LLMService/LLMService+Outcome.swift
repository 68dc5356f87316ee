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
            case .embed(let inputs):
                return .success(try await embed(submission, inputs))
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

    // MARK: the kinds of work

    /// A question to a conversation; `replacing` its last turn or after it.
    private func converse(
        _ submission: Submission, _ question: ChatMessage, _ channel: String, _ conversation: Conversation,
        replacing: Bool = false, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Answer {
        let options = submission.options
        let persona = try currentPersona(options.persona, conversation)
        let model = options.model ?? (options.provider == nil ? conversation.model ?? persona.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let turns = replacing ? conversation.turns.dropLast() : conversation.turns[...]
        var window = PromptWindow(
            persona: persona, turns: turns, question: question, maxMessages: settings.maxContextMessages,
            maxBytes: choice.provider.promptBytes(leaving: options.maxTokens))
        let reply: Reply
        do throws(LLMError) {
            reply = try await ask(choice, request(window.messages, persona, choice, options), submission, deltas)
        } catch {
            // What the provider finds too long is asked once more, with half of what was said before.
            guard error.code == .contextTooLong, window.messages.count > 2 else { throw error }
            window = PromptWindow(
                persona: persona, turns: turns, question: question, maxMessages: (window.messages.count - 1) / 2)
            reply = try await ask(choice, request(window.messages, persona, choice, options), submission, deltas)
        }
        var answer = answer(to: submission, reply)
        answer.persona = persona.name
        answer.context = Answer.Context(
            messages: window.messages.count - 1, dropped: window.dropped + conversation.departed, isPersisted: false,
            isCut: reply.completion.isPromptCut)
        if let error = submission.refusal(answer) { throw error }
        try settle(submission)
        let turn = Turn(speaker: question.speaker, question: question.content, answer: reply.completion.content)
        answer.context?.isPersisted = await store.store(
            turn, in: channel, epoch: conversation.epoch, replacingLast: replacing)
        return answer
    }

    private func request(
        _ messages: [ChatMessage], _ persona: Persona, _ choice: ModelChoice, _ options: RequestOptions
    ) -> CompletionRequest {
        CompletionRequest(
            .messages(messages), model: choice.model,
            temperature: options.temperature ?? persona.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format)
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
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format)

        let reply = try await ask(choice, request, submission, deltas)
        try settle(submission)
        var answer = answer(to: submission, reply)
        answer.persona = persona?.name
        return answer
    }

    private func embed(_ submission: Submission, _ inputs: [String]) async throws(LLMError) -> Answer {
        let options = submission.options
        let choice = try ModelChoice(model: options.model, provider: options.provider, registry: registry)
        let reply = try await embed(choice, EmbeddingRequest(inputs, model: choice.model), submission)
        try settle(submission)
        var answer = Answer(
            content: "", requestID: submission.requestID, provider: choice.provider.name, model: reply.embeddings.model,
            finishReason: .stop, usage: reply.embeddings.usage, latency: elapsed(since: submission.arrival),
            attempts: reply.attempts)
        answer.isCached = reply.isShared
        answer.embeddings = reply.embeddings
        return answer
    }

    // MARK: parts

    /// The persona that is asked for, or the conversation's, or the default.
    func currentPersona(_ asked: String?, _ conversation: Conversation) throws(LLMError) -> Persona {
        if let asked { return try persona(named: asked) }
        if let chosen = conversation.persona, let persona = settings.personas[chosen] { return persona }
        return try persona(named: settings.defaultPersona)
    }

    /// The point of no return: what stopped the request before counts, what comes later is too late.
    private func settle(_ submission: Submission) throws(LLMError) {
        if let reason = requests.settle(submission.ticket) { throw stopped(reason, submission) }
    }

    private func answer(to submission: Submission, _ reply: Reply) -> Answer {
        let completion = reply.completion
        var answer = Answer(
            content: completion.content, requestID: submission.requestID, provider: reply.provider,
            model: completion.model, finishReason: completion.finishReason, usage: completion.usage,
            latency: elapsed(since: submission.arrival), attempts: reply.attempts)
        answer.isCached = reply.isShared
        guard !reply.isShared, let timing = completion.timing else { return answer }
        // Everything before the last exchange was waiting.
        answer.firstToken = max(.zero, answer.latency - timing.total + timing.firstToken)
        answer.tokensPerSecond = timing.tokensPerSecond
        return answer
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
