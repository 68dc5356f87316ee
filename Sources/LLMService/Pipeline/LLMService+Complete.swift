import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// Answers a request outside any conversation.
    func complete(_ exchange: Exchange) async throws(LLMError) {
        let prompt = try completionPrompt(exchange)
        let reply = try await ask(prompt, isShareable: true)
        await exchange.decided()
        try finish(exchange, reply)
    }

    @inline(never)
    private func finish(_ exchange: Exchange, _ reply: Reply) throws(LLMError) {
        var answer = answer(to: exchange, reply)
        answer.persona = (try? completionPersona(exchange.options))?.name
        if let error = exchange.responder.refusal(of: answer) { throw error }
        try settle(exchange)
        exchange.finish(.success(answer))
    }

    @inline(never)
    private func completionPrompt(_ exchange: Exchange) throws(LLMError) -> Prompt {
        let (input, usual) = Self.completion(exchange.work)
        let options = exchange.options
        let persona = try completionPersona(options)
        let model = options.model ?? (options.provider == nil ? persona?.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let request = CompletionRequest(
            input.with(system: options.system ?? persona?.prompt), model: choice.model,
            temperature: options.temperature ?? persona?.temperature ?? usual ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format,
            tools: options.tools)
        return Prompt(choice.route, request.withInstruction, for: exchange, by: self)
    }

    /// What is to be completed, and at what temperature, where that is not as usual.
    private static func completion(_ work: Work) -> (input: CompletionRequest.Input, temperature: Double?) {
        switch work {
        case .complete(let input): (input, nil)
        case .summarize(let text, let maxWords, let style):
            (.text(style.prompt(text, maxWords: maxWords), system: nil), SummaryStyle.temperature)
        case .chat, .retry, .embed: preconditionFailure("work that is no completion")
        }
    }

    /// A completion has a persona only if it is asked for, and has no system prompt of its own.
    private func completionPersona(_ options: RequestOptions) throws(LLMError) -> Persona? {
        guard options.system == nil, let name = options.persona else { return nil }
        return try persona(named: name)
    }

    /// Asks a model, and returns its reply.
    ///
    /// - Parameter isShareable: whether another request's answer to the same question will do.
    func ask(_ prompt: Prompt, isShareable: Bool = false) async throws(LLMError) -> Reply {
        let asked = time.now
        // The wait counts for everybody, whoever's call it is.
        defer { prompt.meter.providerTime = elapsed(since: asked) }
        guard isShareable, let cache, prompt.request.temperature == 0 else { return try await reply(to: prompt) }
        // Others may join, who have more time; each of them has a deadline of its own besides.
        let shared = prompt.lasting(until: asked + settings.requestTimeout)
        let reply = try await cache.reply(to: shared) { () async throws(LLMError) -> Reply in
            try await self.reply(to: shared)
        }
        if reply.isShared { prompt.emit(reply.completion.content) }
        return reply
    }

    private func reply(to prompt: Prompt) async throws(LLMError) -> Reply {
        let result: Result<RoutedAttempt, RoutingFailure>
        do throws(RoutingFailure) { result = .success(try await router.answer(to: prompt)) } catch {
            result = .failure(error)
        }
        return try Prompt.reply(result).reply
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
