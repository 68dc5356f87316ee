import LanguageModels
import ServiceRuntime
import Synchronization
import Tracing

/// What a model is asked, and all that goes with it. A reference: every function that waits for the answer holds it.
final class Question: RoutedRequest {
    let route: Route
    let request: CompletionRequest
    let deadline: ContinuousClock.Instant
    /// Takes the answer piece by piece.
    let deltas: DeltaSink?
    /// Takes what it costs.
    let spending: Spending?
    private let service: LLMService
    private let emitted = Atomic(false)

    init(
        _ route: Route, _ request: CompletionRequest, deadline: ContinuousClock.Instant, deltas: DeltaSink?,
        spending: Spending? = nil, by service: LLMService
    ) {
        (self.route, self.request, self.deadline, self.deltas) = (route, request, deadline, deltas)
        (self.spending, self.service) = (spending, service)
    }

    /// The same with another deadline.
    func lasting(until deadline: ContinuousClock.Instant) -> Question {
        Question(route, request, deadline: deadline, deltas: deltas, spending: spending, by: service)
    }

    /// The same with another request.
    func asking(_ request: CompletionRequest) -> Question {
        Question(route, request, deadline: deadline, deltas: deltas, spending: spending, by: service)
    }

    // MARK: on its way through the router

    var fallsBack: Bool { true }

    var hasEmitted: Bool { emitted.load(ordering: .relaxed) }

    /// The request as this provider gets it.
    func call(on route: Route, attempt: Int) -> ProviderCall {
        var request = request
        request.model = route.model
        request.span = spending?.span?.completion(request, on: route, attempt: attempt)
        request.contextWindow = service.settings.context.maxTokens(
            provider: route.provider.name, model: route.modelName)
        return .completion(request, sink)
    }

    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError> {
        service.end(call, on: route, with: result, after: duration) { answer in
            // Where JSON is wanted, somebody who stands in and has none has no answer: the first one asked failed.
            guard request.format != nil, route !== self.route, case .completion(let completion) = answer,
                completion.json == nil
            else { return nil }
            return ProviderError(.badAnswer, "the answer was not the JSON that was asked for", blamesProvider: false)
        }
    }

    /// Where the answer's pieces go as they come, if they do. Each attempt has one of its own.
    private var sink: DeltaSink? {
        guard let deltas, request.format == nil else { return nil }
        let filter = LeadingWhitespaceFilter()
        return { piece in
            let piece = filter.pass(piece)
            if piece.isEmpty { return }
            self.emitted.store(true, ordering: .relaxed)
            self.spending?.handOut(piece)
            deltas(piece)
        }
    }
}

/// Texts of which vectors are wanted, and all that goes with it.
final class EmbeddingQuestion: RoutedRequest {
    let route: Route
    let deadline: ContinuousClock.Instant
    private let request: EmbeddingRequest
    private let span: TraceSpan?
    private let service: LLMService

    init(
        _ route: Route, _ request: EmbeddingRequest, deadline: ContinuousClock.Instant, below span: TraceSpan?,
        by service: LLMService
    ) {
        (self.route, self.request, self.deadline) = (route, request, deadline)
        (self.span, self.service) = (span, service)
    }

    /// Another provider is never asked: its vectors would mean something else.
    var fallsBack: Bool { false }

    /// Vectors come as a whole.
    var hasEmitted: Bool { false }

    func call(on route: Route, attempt: Int) -> ProviderCall {
        var request = request
        request.span = span?.embedding(request, on: route, attempt: attempt)
        return .embeddings(request)
    }

    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError> {
        service.end(call, on: route, with: result, after: duration) { _ in nil }
    }
}

/// What was answered, and by whom.
final class Reply: Sendable {
    let completion: Completion
    let provider: String
    /// The times a provider was asked.
    let attempts: Int
    /// Whether it is another request's answer.
    let isShared: Bool

    init(_ completion: Completion, from provider: String, attempts: Int, isShared: Bool = false) {
        (self.completion, self.provider) = (completion, provider)
        (self.attempts, self.isShared) = (attempts, isShared)
    }
}

/// Holds the blank beginning of a streamed answer back until a word follows: an answer that stays blank is asked for once
/// more, and what was handed out cannot be taken back.
final class LeadingWhitespaceFilter: Sendable {
    /// What is held back; nil once a word came.
    private let held = Mutex<String?>("")

    /// Takes the next piece. Returns what is to be handed out, which may be empty.
    func pass(_ piece: String) -> String {
        held.withLock { held in
            guard let blank = held else { return piece }
            if piece.allSatisfy(\.isWhitespace) {
                held = blank + piece
                return ""
            }
            held = nil
            return blank + piece
        }
    }
}
