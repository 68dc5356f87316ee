import Conversations
import LanguageModels
import Observability
import Synchronization

/// What a model is asked, and what is made of its answer.
///
/// It is asked once more in another way where the model spent its tokens before it said a word, where JSON was asked for
/// and something else came, and where the provider finds a conversation too long.
final class Prompt: RoutedRequest {
    let route: Route
    let request: CompletionRequest
    let deadline: ContinuousClock.Instant
    /// The request that it is for; nil for work in the background.
    let exchange: Exchange?
    /// Counts what it costs.
    let meter: UsageMeter
    /// What of a conversation is in it; nil outside a conversation.
    let conversation: Excerpt?
    private let service: LLMService
    /// Whether it was asked before in another way.
    private let isSecond: Bool
    /// What an answer has cost that was none; nil where there was none before.
    let spent: TokenUsage?
    private let emitted = Atomic(false)

    /// What of a conversation is in a prompt.
    struct Excerpt: Sendable {
        let turn: PendingTurn
        let persona: Persona
        /// The messages, the system prompt left out.
        let messages: Int
        /// The conversation's messages that are not in it.
        let dropped: Int
        /// Of all messages' texts.
        let bytes: Int
    }

    /// Creates the prompt of a request.
    convenience init(
        _ route: Route, _ request: CompletionRequest, of conversation: Excerpt? = nil, for exchange: Exchange,
        isSecond: Bool = false, by service: LLMService
    ) {
        self.init(
            route, request, of: conversation, deadline: exchange.deadline, exchange: exchange, meter: exchange.meter,
            isSecond: isSecond, by: service)
    }

    /// Creates a prompt; without an exchange for work in the background.
    init(
        _ route: Route, _ request: CompletionRequest, of conversation: Excerpt? = nil,
        deadline: ContinuousClock.Instant, exchange: Exchange? = nil, meter: UsageMeter, isSecond: Bool = false,
        after spent: TokenUsage? = nil, by service: LLMService
    ) {
        (self.route, self.request, self.conversation) = (route, request, conversation)
        (self.deadline, self.exchange, self.meter) = (deadline, exchange, meter)
        (self.isSecond, self.spent, self.service) = (isSecond, spent, service)
    }

    /// Returns the same with another deadline.
    func lasting(until deadline: ContinuousClock.Instant) -> Prompt {
        Prompt(
            route, request, of: conversation, deadline: deadline, exchange: exchange, meter: meter, isSecond: isSecond,
            by: service)
    }

    /// Returns the same with the request that is asked the second time.
    private func second(_ request: CompletionRequest, after answer: Completion) -> Prompt {
        Prompt(
            route, request, of: conversation, deadline: deadline, exchange: exchange, meter: meter, isSecond: true,
            after: answer.usage, by: service)
    }

    // MARK: on its way through the router

    var fallsBack: Bool { true }

    var hasEmitted: Bool { emitted.load(ordering: .relaxed) }

    func call(on route: Route, attempt: Int) -> ProviderCall {
        var request = request
        request.model = route.model
        request.span = meter.span?.completion(request, on: route, attempt: attempt)
        request.contextWindow = service.settings.context.maxTokens(
            provider: route.provider.name, model: route.modelName)
        return .completion(CompletionCall(request, sink))
    }

    /// Where the answer's pieces go as they come, if they do. Each attempt has one of its own.
    private var sink: DeltaSink? {
        guard request.format == nil, let responder = exchange?.responder, responder.takesDeltas else { return nil }
        let beginning = AnswerBeginning(mayBeCall: request.tools != nil)
        return { piece in
            let piece = beginning.pass(piece)
            if piece.isEmpty { return }
            self.emitted.store(true, ordering: .relaxed)
            self.meter.emit(piece)
            responder.delta(piece)
        }
    }

    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError> {
        service.end(call, on: route, with: result, after: duration) { answer in
            // Where JSON is wanted, somebody who stands in and has none has no answer: the first one asked failed.
            guard route !== self.route, case .completion(let completion) = answer, fault(in: completion) != nil else {
                return nil
            }
            return ProviderError(.badAnswer, "the answer was not the JSON that was asked for", blamesProvider: false)
        }
    }

    func followUp(to answer: ProviderAnswer) -> (any RoutedRequest)? {
        guard case .completion(let completion) = answer else { return nil }
        meter.add(completion, to: request)
        if isSecond { return nil }
        if let tools = request.tools, !completion.readingCalls(of: tools).toolCalls.isEmpty { return nil }
        let isCut = completion.finishReason == .length
        if completion.content.allSatisfy(\.isWhitespace) {
            return isCut ? second(request.withLargerBudget, after: completion) : nil
        }
        guard let fault = fault(in: completion) else { return nil }
        return second(isCut ? request.withLargerBudget : request.naming(fault), after: completion)
    }

    func followUp(to failure: RoutingFailure) -> (any RoutedRequest)? {
        // Whether a provider was at work when somebody stopped it, or its time was over.
        let isStopped = failure.attempts > 0 && (failure.error.code == .cancelled || failure.error.code == .timeout)
        meter.breakOff(request, isStopped: isStopped)
        guard failure.error.code == .tooLong, !failure.hasEmitted, !isSecond, let exchange, let conversation,
            conversation.messages > 1
        else { return nil }
        // Once more, with half of what was said before.
        return try? service.prompt(
            conversation.turn, exchange, maxMessages: conversation.messages / 2, isSecond: true)
    }

    // MARK: what came

    /// Returns the reply in what the router returned, and the prompt that was asked in the end.
    ///
    /// - Throws: the providers' failure; `empty_answer`; or `provider_error` for text in the place of JSON.
    static func reply(
        _ result: Result<RoutedAttempt, RoutingFailure>
    ) throws(LLMError) -> (prompt: Prompt, reply: Reply) {
        switch result {
        case .success(let answer):
            guard let prompt = answer.request as? Prompt else {
                preconditionFailure("a prompt is followed by a prompt")
            }
            return (prompt, try prompt.reply(answer))
        case .failure(let failure): throw error(failure)
        }
    }

    private func reply(_ answer: RoutedAttempt) throws(LLMError) -> Reply {
        guard case .completion(var completion) = answer.answer else {
            preconditionFailure("a prompt is answered by text")
        }
        let (provider, attempts) = (answer.route.provider.name, answer.attempts)
        if let spent { completion.usage = completion.usage.map { $0 + spent } ?? spent }
        if let tools = request.tools {
            completion = completion.readingCalls(of: tools)
            // A call of a tool that was offered is an answer without a word.
            if !completion.toolCalls.isEmpty { return Reply(completion, from: provider, attempts: attempts) }
        }
        if completion.content.allSatisfy(\.isWhitespace) {
            throw LLMError(
                .emptyAnswer, "the language model had nothing to say", provider: provider, attempts: attempts)
        }
        if request.format != nil {
            if let fault = fault(in: completion) {
                var text = "the language model's answer was not the JSON that was asked for"
                if case .schema(let fault) = fault { text += " (\(fault))" }
                throw LLMError(.providerError, text, provider: provider, attempts: attempts)
            }
            completion.content = completion.unfenced
            // JSON is handed out once it is known to be JSON.
            emit(completion.content)
        } else if request.tools != nil, !hasEmitted {
            // It was held back, for it might have been a call.
            emit(completion.content)
        }
        return Reply(completion, from: provider, attempts: attempts)
    }

    /// Returns why an answer is not the JSON that is wanted, if it is not. Work in the background reads what of its JSON it
    /// can use, whatever the schema says.
    private func fault(in completion: Completion) -> ResponseFormat.Fault? {
        guard let fault = request.format?.fault(in: completion) else { return nil }
        return exchange == nil && fault != .notJSON ? nil : fault
    }

    /// Hands a whole answer out, where pieces are wanted.
    func emit(_ text: String) {
        if !text.isEmpty, let responder = exchange?.responder, responder.takesDeltas { responder.delta(text) }
    }

    private static func error(_ failure: RoutingFailure) -> LLMError {
        // A part of the answer is out: that the rest was too long for the model is a break like any other, and no reason
        // to ask for another answer.
        guard failure.hasEmitted, failure.error.code == .tooLong else {
            return LLMError(failure.error, from: failure.provider, attempts: failure.attempts)
        }
        return LLMError(
            .providerUnavailable, "the language model failed in the middle of its answer", provider: failure.provider,
            detail: String(reflecting: failure.error), attempts: failure.attempts)
    }
}

/// What a model replied, and by whom it was asked.
struct Reply: Sendable {
    let completion: Completion
    let provider: String
    /// The times a provider was asked.
    let attempts: Int
    /// Whether it is another request's answer.
    var isShared = false

    init(_ completion: Completion, from provider: String, attempts: Int, isShared: Bool = false) {
        (self.completion, self.provider) = (completion, provider)
        (self.attempts, self.isShared) = (attempts, isShared)
    }
}

extension CompletionRequest {
    /// The same, for an answer that spent its tokens before it was one.
    fileprivate var withLargerBudget: CompletionRequest {
        var request = self
        let (larger, isTooLarge) = (maxTokens ?? 0).multipliedReportingOverflow(by: 4)
        request.maxTokens = isTooLarge ? .max : max(4096, larger)
        return request
    }
}
