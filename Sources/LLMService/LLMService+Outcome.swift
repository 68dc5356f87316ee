import Conversations
import LanguageModels
import ServiceRuntime
import Tracing

// While a model thinks, a request is what these functions hold, and there may be thousands: what is large is behind
// references, and what comes before and after the wait has functions of its own, which stay that (`@inline(never)`).
extension LLMService {
    /// Takes a request to its one end.
    func outcome(of submission: Submission, deltas: DeltaSink?) async -> Result<Boxed<Answer>, LLMError> {
        limits.isLimiting
            ? await performWithinLimits(submission, deltas: deltas) : await perform(submission, deltas: deltas)
    }

    func perform(_ submission: Submission, deltas: DeltaSink?) async -> Result<Boxed<Answer>, LLMError> {
        defer { limits.count(submission.caller, spent: submission.spending.tokens) }
        do throws(LLMError) {
            try await acquire(submission)
            return .success(try await answer(submission, deltas))
        } catch {
            return failure(error, submission)
        }
    }

    /// Whoever stopped it says why; that it then failed to be done is no news.
    func failure(_ error: LLMError, _ submission: Submission) -> Result<Boxed<Answer>, LLMError> {
        do { try queue.settle(submission.ticket) } catch { return .failure(stopped(error, submission)) }
        return .failure(error)
    }

    private func acquire(_ submission: Submission) async throws(LLMError) {
        do {
            if try await queue.acquire(submission.ticket) { noteWait(of: submission) }
        } catch {
            noteWait(of: submission)
            throw stopped(error, submission)
        }
        // What came before was waiting.
        submission.options.span?.note("rosey_llm.turn")
    }

    private func noteWait(of submission: Submission) {
        submission.spending.queued(for: elapsed(since: submission.arrival))
    }

    private func answer(_ submission: Submission, _ deltas: DeltaSink?) async throws(LLMError) -> Boxed<Answer> {
        switch submission.work {
        case .chat, .retry:
            let topic = try await topic(of: submission)
            if let turn = topic.answered { return try await repeated(turn, submission, topic) }
            return try await converse(submission, topic, deltas)
        case .complete, .summarize: return try await complete(submission, deltas)
        case .embed(let inputs): return try await embed(submission, inputs)
        }
    }

    /// The place in a conversation that is to be answered.
    @inline(never)
    private func topic(of submission: Submission) async throws(LLMError) -> Topic {
        let channel = submission.work.channel ?? ""
        let asked = time.timestamp
        let conversation = await stores.conversations.value(channel)
        if let id = submission.options.turnID, let turn = conversation.turns.last(where: { $0.id == id }) {
            let question = ChatMessage(.user, turn.questionJSON, speaker: turn.speaker)
            return Topic(channel, conversation, asked: asked, question, answered: turn, settings)
        }
        let question: ChatMessage
        var replaced: Turn.ID?
        if case .chat(let message, _, let username) = submission.work {
            question = ChatMessage(.user, message, speaker: username)
        } else {
            guard let last = conversation.turns.last else {
                throw LLMError(.notFound, "There is no answer to try again yet")
            }
            question = ChatMessage(.user, last.questionJSON, speaker: last.speaker)
            replaced = last.id
        }
        let memories = await memories(on: question.content, in: channel, for: submission)
        return Topic(
            channel, conversation, asked: asked, question, replacing: replaced, memories: memories, settings)
    }

    // MARK: the kinds of work

    /// A question to a conversation, in the place of its last turn or after it.
    private func converse(
        _ submission: Submission, _ topic: Topic, _ deltas: DeltaSink?
    ) async throws(LLMError) -> Boxed<Answer> {
        let prompt = try prompt(topic, submission, deltas)
        do throws(LLMError) {
            return try await conclude(submission, topic, prompt, try await ask(prompt.question, isShareable: false))
        } catch {
            // What the provider finds too long is asked once more, with half of what was said before.
            guard error.code == .contextTooLong, prompt.messages > 1 else { throw error }
        }
        let shorter = try self.prompt(topic, submission, deltas, instead: prompt)
        return try await conclude(submission, topic, shorter, try await ask(shorter.question, isShareable: false))
    }

    /// The turn is stored, and its answer made.
    @inline(never)
    private func conclude(
        _ submission: Submission, _ topic: Topic, _ prompt: Prompt, _ reply: Reply
    ) async throws(LLMError) -> Boxed<Answer> {
        var answer = answer(to: submission, reply)
        answer.persona = prompt.persona.name
        answer.context = Answer.Context(
            messages: prompt.messages, dropped: prompt.dropped + topic.departed, isPersisted: false,
            isCut: reply.completion.isPromptCut)
        if topic.replaced != nil { answer.questionLength = topic.question.content.unicodeScalars.count }
        if let error = submission.refusal(answer) { throw error }
        try settle(submission)
        learn(from: reply, to: prompt)
        let turn = Turn(
            id: submission.options.turnID ?? RequestID.make(), time: time.timestamp, speaker: topic.question.speaker,
            question: topic.question.content, answer: reply.completion.content)
        let change = ConversationChange.add(
            turn, replacing: topic.replaced, epoch: topic.epoch, bounds: settings.conversationBounds,
            isNew: submission.options.turnID == nil)
        answer.context?.isPersisted = await stores.conversations.change(topic.channel, change).isPersisted
        noteMemories(topic, turn, prompt.question.route)
        summarizeIfDue(topic)
        return Boxed(answer)
    }

    private func complete(_ submission: Submission, _ deltas: DeltaSink?) async throws(LLMError) -> Boxed<Answer> {
        let question = try question(submission, deltas)
        let reply = try await ask(question, isShareable: true)
        try settle(submission)
        return completed(submission, reply)
    }

    @inline(never)
    private func completed(_ submission: Submission, _ reply: Reply) -> Boxed<Answer> {
        var answer = answer(to: submission, reply)
        answer.persona = (try? completionPersona(submission.options))?.name
        return Boxed(answer)
    }

    @inline(never)
    private func question(_ submission: Submission, _ deltas: DeltaSink?) throws(LLMError) -> Question {
        let (input, usual) = Self.completion(submission.work)
        let options = submission.options
        let persona = try completionPersona(options)
        let model = options.model ?? (options.provider == nil ? persona?.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let request = CompletionRequest(
            input.with(system: options.system ?? persona?.prompt), model: choice.model,
            temperature: options.temperature ?? persona?.temperature ?? usual ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format,
            tools: options.tools)
        return Question(
            choice.route, request, deadline: submission.deadline, deltas: deltas, spending: submission.spending,
            by: self)
    }

    /// What is to be completed, and how warm, where that is not as usual.
    private static func completion(_ work: Work) -> (input: CompletionRequest.Input, temperature: Double?) {
        switch work {
        case .complete(let input): (input, nil)
        case .summarize(let text, let maxWords, let style):
            (.text(style.prompt(text, maxWords: maxWords), system: nil), SummaryStyle.temperature)
        case .chat, .retry, .embed: preconditionFailure("work that is no completion")
        }
    }

    // MARK: parts

    /// The persona that is asked for, or the conversation's, or the default.
    func currentPersona(_ asked: String?, chosen: String?) throws(LLMError) -> Persona {
        if let asked { return try persona(named: asked) }
        if let chosen, let persona = settings.personas[chosen] { return persona }
        return try persona(named: settings.defaultPersona)
    }

    /// A completion has one only if it is asked for, and has no system prompt of its own.
    private func completionPersona(_ options: RequestOptions) throws(LLMError) -> Persona? {
        guard options.system == nil, let name = options.persona else { return nil }
        return try persona(named: name)
    }

    /// The point of no return: what stopped the request before counts, what comes later is too late.
    func settle(_ submission: Submission) throws(LLMError) {
        do { try queue.settle(submission.ticket) } catch { throw stopped(error, submission) }
    }

    private func answer(to submission: Submission, _ reply: Reply) -> Answer {
        let completion = reply.completion
        var answer = Answer(
            content: completion.content, requestID: submission.requestID, provider: reply.provider,
            model: completion.model, finishReason: completion.finishReason, usage: completion.usage,
            latency: elapsed(since: submission.arrival), attempts: reply.attempts)
        answer.isCached = reply.isShared
        // Nobody who offered none knows what to do with a call.
        if submission.options.tools != nil { answer.toolCalls = completion.toolCalls }
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
        case .deadline(let hasBegun):
            let seconds = submission.timeout.secondsText
            return hasBegun
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
