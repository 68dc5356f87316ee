import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Answers the next question of a conversation, or its last one anew, and stores the turn.
    ///
    /// - Returns: the turn, for ``follow(_:)``; nil where it was there already.
    func converse(_ exchange: Exchange) async throws(LLMError) -> ConcludedTurn? {
        let turn = try await pendingTurn(of: exchange)
        if let answered = turn.answered {
            try await repeatAnswer(of: answered, turn, exchange)
            return nil
        }
        let prompt = try prompt(turn, exchange, maxMessages: settings.maxContextMessages)
        let asked = time.now
        let result: Result<RoutedAttempt, RoutingFailure>
        do throws(RoutingFailure) { result = .success(try await router.answer(to: prompt)) } catch {
            result = .failure(error)
        }
        await exchange.decided()
        let concluded = try conclude(exchange, result, asked: asked)
        let changed = await stores.conversations.change(turn.channel, concluded.change)
        deliver(concluded, exchange, isPersisted: changed.isPersisted)
        return concluded
    }

    /// Returns the place in a conversation that is to be answered.
    ///
    /// What is not in memory is read in a task of its own: a task keeps all the stack that it ever needed until it ends, and
    /// that of the request may wait long for a provider.
    private func pendingTurn(of exchange: Exchange) async throws(LLMError) -> PendingTurn {
        if let turn = try pendingTurnInMemory(exchange) { return turn }
        let reading = Task(executorPreference: executor) { await self.readPendingTurn(exchange) }
        return try await withTaskCancellationHandler {
            await reading.value
        } onCancel: {
            reading.cancel()
        }.get()
    }

    /// Returns the place in a conversation that is known, in a channel without memories; nil for any other.
    @inline(never)
    private func pendingTurnInMemory(_ exchange: Exchange) throws(LLMError) -> PendingTurn? {
        let channel = exchange.work.channel ?? ""
        guard let conversation = stores.conversations.known(channel), hasNoMemories(channel) else { return nil }
        let question = try question(of: exchange, in: conversation, asked: time.timestamp)
        return pendingTurn(in: channel, conversation, question, memories: [])
    }

    @inline(never)
    private func readPendingTurn(_ exchange: Exchange) async -> Result<PendingTurn, LLMError> {
        let (channel, asked) = (exchange.work.channel ?? "", time.timestamp)
        let conversation = await stores.conversations.value(channel)
        do throws(LLMError) {
            let question = try question(of: exchange, in: conversation, asked: asked)
            let memories =
                question.answered == nil ? await memories(on: question.message.content, in: channel, for: exchange) : []
            return .success(pendingTurn(in: channel, conversation, question, memories: memories))
        } catch {
            return .failure(error)
        }
    }

    @inline(never)
    private func pendingTurn(
        in channel: String, _ conversation: Conversation, _ question: PendingTurn.Question, memories: [Memory]
    ) -> PendingTurn {
        keep(conversation, of: channel)
        return PendingTurn(channel, conversation, question, memories: memories, settings)
    }

    /// What was chosen for a channel is kept as long as the channel is in use: for that it is written once a day, though
    /// nothing of it changed.
    private func keep(_ conversation: Conversation, of channel: String) {
        guard conversation.hasRecord else { return }
        let now = time.timestamp
        if now - conversation.kept >= .seconds(86_400) { stores.conversations.note(channel, .keep(at: now)) }
    }

    /// Returns what is to be answered.
    @inline(never)
    private func question(
        of exchange: Exchange, in conversation: Conversation, asked: Timestamp
    ) throws(LLMError) -> PendingTurn.Question {
        if let id = exchange.options.turnID, let turn = conversation.turns.last(where: { $0.id == id }) {
            return PendingTurn.Question(of: turn, asked: asked, answered: turn)
        }
        if case .chat(let message, _, let username) = exchange.work {
            return PendingTurn.Question(message: ChatMessage(.user, message, speaker: username), asked: asked)
        }
        guard let last = conversation.turns.last else {
            throw LLMError(.notFound, "There is no answer to try again yet")
        }
        return PendingTurn.Question(of: last, asked: asked, replaced: last.id)
    }

    /// Returns the prompt for a conversation's next turn.
    ///
    /// - Parameters:
    ///   - maxMessages: the most messages after the system prompt.
    ///   - isSecond: whether the provider found a longer one too long.
    @inline(never)
    func prompt(
        _ turn: PendingTurn, _ exchange: Exchange, maxMessages: Int, isSecond: Bool = false
    ) throws(LLMError) -> Prompt {
        let options = exchange.options
        let persona = try currentPersona(options.persona, chosen: turn.persona)
        let choice = try modelChoice(options, turn, persona)
        let window = PromptWindow(
            system: turn.systemPrompt(persona), turns: turn.turns, earlier: turn.earlier, question: turn.question,
            maxMessages: maxMessages, budget: budget(for: choice, leaving: options.maxTokens))
        let request = CompletionRequest(
            .messages(window.messages), model: choice.model,
            temperature: options.temperature ?? persona.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format)
        let excerpt = Prompt.Excerpt(
            turn: turn, persona: persona, messages: window.messages.count - 1, dropped: window.dropped,
            bytes: window.bytes)
        return Prompt(
            choice.route, request.withInstruction, of: excerpt, for: exchange, isSecond: isSecond, by: self)
    }

    private func modelChoice(
        _ options: RequestOptions, _ turn: PendingTurn, _ persona: Persona
    ) throws(LLMError) -> ModelChoice {
        let model = options.model ?? (options.provider == nil ? turn.model ?? persona.model : nil)
        return try ModelChoice(model: model, provider: options.provider, registry: registry)
    }

    // MARK: after the wait

    /// A turn that is answered, and not yet stored.
    final class ConcludedTurn: Sendable {
        let answer: Answer
        let turn: Turn
        let change: ConversationChange
        let pending: PendingTurn
        let route: Route

        init(
            _ answer: Answer, _ turn: Turn, _ change: ConversationChange, _ pending: PendingTurn, _ route: Route
        ) {
            (self.answer, self.turn, self.change, self.pending, self.route) = (answer, turn, change, pending, route)
        }
    }

    /// Makes a turn of what the providers answered. From here on nothing stops the request.
    @inline(never)
    private func conclude(
        _ exchange: Exchange, _ result: Result<RoutedAttempt, RoutingFailure>, asked: ContinuousClock.Instant
    ) throws(LLMError) -> ConcludedTurn {
        exchange.meter.providerTime = elapsed(since: asked)
        let (prompt, reply) = try Prompt.reply(result)
        guard let excerpt = prompt.conversation else { preconditionFailure("a turn belongs to a conversation") }
        let pending = excerpt.turn
        var answer = answer(to: exchange, reply)
        answer.persona = excerpt.persona.name
        answer.context = Answer.Context(
            messages: excerpt.messages, dropped: excerpt.dropped + pending.departed, isPersisted: false,
            isCut: reply.completion.isPromptCut)
        if pending.replaced != nil { answer.questionLength = pending.question.content.unicodeScalars.count }
        if let error = exchange.responder.refusal(of: answer) { throw error }
        try settle(exchange)
        learn(from: reply, to: prompt, excerpt)
        let turn = Turn(
            id: exchange.options.turnID ?? RequestID.make(), time: time.timestamp, speaker: pending.question.speaker,
            question: pending.question.content, answer: reply.completion.content)
        let change = ConversationChange.add(
            turn, replacing: pending.replaced, epoch: pending.epoch, bounds: settings.conversationBounds,
            isNew: exchange.options.turnID == nil)
        return ConcludedTurn(answer, turn, change, pending, prompt.route)
    }

    /// Delivers the answer of a stored turn.
    @inline(never)
    private func deliver(_ concluded: ConcludedTurn, _ exchange: Exchange, isPersisted: Bool) {
        var answer = concluded.answer
        answer.context?.isPersisted = isPersisted
        exchange.finish(.success(answer))
    }

    /// Does what follows a turn, and nobody waits for.
    @inline(never)
    func follow(_ concluded: ConcludedTurn) {
        noteMemories(concluded.pending, concluded.turn, concluded.route)
        summarizeIfDue(concluded.pending)
    }

    /// Delivers the answer of a turn that the same request made before, in this process or in one that did not get to tell
    /// of it.
    @inline(never)
    private func repeatAnswer(
        of turn: Turn, _ pending: PendingTurn, _ exchange: Exchange
    ) async throws(LLMError) {
        // Who it was that answered is not kept: most likely whoever would now.
        let persona = try currentPersona(exchange.options.persona, chosen: pending.persona)
        let route = try modelChoice(exchange.options, pending, persona).route
        var answer = Answer(
            content: turn.answer, requestID: exchange.requestID, provider: route.provider.name, model: route.modelName,
            persona: persona.name, finishReason: .stop, latency: elapsed(since: exchange.arrival), attempts: 0,
            isCached: true)
        if let error = exchange.responder.refusal(of: answer) { throw error }
        try settle(exchange)
        // Changes nothing, but says whether the turn is safe.
        let change = ConversationChange.add(
            turn, replacing: nil, epoch: pending.epoch, bounds: settings.conversationBounds)
        let changed = await stores.conversations.change(pending.channel, change)
        answer.context = Answer.Context(messages: 0, dropped: pending.departed, isPersisted: changed.isPersisted)
        exchange.finish(.success(answer))
    }
}
