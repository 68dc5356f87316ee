import LanguageModels
import Observability
import ServiceRuntime

/// Texts of which vectors are wanted.
final class EmbeddingPrompt: RoutedRequest {
    let route: Route
    let deadline: ContinuousClock.Instant
    private let request: EmbeddingRequest
    private let meter: UsageMeter
    private let service: LLMService

    init(
        _ route: Route, _ request: EmbeddingRequest, deadline: ContinuousClock.Instant, meter: UsageMeter,
        by service: LLMService
    ) {
        (self.route, self.request, self.deadline) = (route, request, deadline)
        (self.meter, self.service) = (meter, service)
    }

    /// Another provider is never asked: its vectors would mean something else.
    var fallsBack: Bool { false }

    /// Vectors come as a whole.
    var hasEmitted: Bool { false }

    func call(on route: Route, attempt: Int) -> ProviderCall {
        var request = request
        request.span = meter.span?.embedding(request, on: route, attempt: attempt)
        return .embeddings(request)
    }

    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError> {
        service.end(call, on: route, with: result, after: duration) { _ in nil }
    }

    func followUp(to answer: ProviderAnswer) -> (any RoutedRequest)? {
        if case .embeddings(let embeddings) = answer { meter.add(embeddings, of: request.inputs) }
        return nil
    }

    func followUp(to failure: RoutingFailure) -> (any RoutedRequest)? {
        let isStopped = failure.error.code == .cancelled || failure.error.code == .timeout
        if failure.attempts > 0, isStopped { meter.breakOff(request.inputs) }
        return nil
    }
}

/// Vectors, and how they came.
struct EmbeddingReply: Sendable {
    let embeddings: Embeddings
    /// The times a provider was asked.
    let attempts: Int
    /// Whether they are another request's.
    var isShared = false
}

extension LLMService {
    /// Answers a request for the vectors of some texts.
    func embed(_ exchange: Exchange, _ inputs: [String]) async throws(LLMError) {
        let options = exchange.options
        let choice = try ModelChoice(model: options.model, provider: options.provider, registry: registry)
        let reply = try await vectors(of: inputs, from: choice, deadline: exchange.deadline, meter: exchange.meter)
        await exchange.decided()
        var answer = Answer(
            content: "", requestID: exchange.requestID, provider: choice.provider.name, model: reply.embeddings.model,
            finishReason: .stop, usage: reply.embeddings.usage, latency: elapsed(since: exchange.arrival),
            attempts: reply.attempts)
        answer.isCached = reply.isShared
        answer.embeddings = reply.embeddings
        if let error = exchange.responder.refusal(of: answer) { throw error }
        try settle(exchange)
        exchange.finish(.success(answer))
    }

    /// Returns the vectors of some texts, in their order: those that are kept, or fresh ones.
    func vectors(
        of inputs: [String], from choice: ModelChoice, deadline: ContinuousClock.Instant, meter: UsageMeter
    ) async throws(LLMError) -> EmbeddingReply {
        let request = EmbeddingRequest(inputs, model: choice.model)
        let prompt = EmbeddingPrompt(choice.route, request, deadline: deadline, meter: meter, by: self)
        let (asked, before) = (time.now, meter.providerTime)
        // The wait counts for everybody, whoever's call it is.
        defer { meter.providerTime = before + elapsed(since: asked) }
        guard let cache else { return try await vectors(prompt) }
        return try await cache.embeddings(of: request, at: choice.provider.name) {
            () async throws(LLMError) -> EmbeddingReply in try await self.vectors(prompt)
        }
    }

    private func vectors(_ prompt: EmbeddingPrompt) async throws(LLMError) -> EmbeddingReply {
        do throws(RoutingFailure) {
            let answer = try await router.answer(to: prompt)
            guard case .embeddings(let embeddings) = answer.answer else {
                preconditionFailure("an embedding prompt is answered by vectors")
            }
            return EmbeddingReply(embeddings: embeddings, attempts: answer.attempts)
        } catch {
            throw LLMError(error.error, from: error.provider, attempts: error.attempts)
        }
    }
}
