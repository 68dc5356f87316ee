package import LanguageModels
import Tracing

/// A provider was asked once, and this came of it.
package struct ProviderExchange: Sendable {
    /// What it was asked for, as OpenTelemetry names it.
    package enum Operation: String, Sendable { case chat, embeddings }

    /// What it was asked for.
    package var operation: Operation
    /// The provider, by name.
    package var provider: String
    /// The model that was asked for.
    package var model: String
    /// From the question to its end.
    package var duration: Duration
    /// To the first text; nil where that was not seen.
    package var firstToken: Duration?
    /// The tokens spent, where the provider says.
    package var usage: TokenUsage?
    /// Why there was no answer, if there was none.
    package var error: ProviderError?
}

extension LLMService {
    /// An attempt has ended: tells those who measure, and ends its span.
    ///
    /// - Parameter refusal: says why an answer is none for whoever asked, if it is none.
    /// - Returns: what is made of it.
    @inline(never)
    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration, refusal: (ProviderAnswer) -> ProviderError?
    ) -> Result<ProviderAnswer, ProviderError> {
        exchanges.tell(ProviderExchange(call, on: route, with: result, after: duration))
        let span = call.span
        var result = result
        if case .success(let answer) = result {
            if let span { answer.note(in: span) }
            if let error = refusal(answer) { result = .failure(error) }
        }
        switch result {
        case .success: span?.end()
        case .failure(let error): span?.end(error, from: route.provider.name)
        }
        return result
    }
}

extension ProviderExchange {
    fileprivate init(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) {
        let isChat = if case .completion = call { true } else { false }
        self.init(
            operation: isChat ? .chat : .embeddings, provider: route.provider.name,
            model: isChat ? route.modelName : route.model ?? "", duration: duration)
        switch result {
        case .failure(let error): self.error = error
        case .success(.completion(let completion)):
            (firstToken, usage) = (completion.timing?.firstToken, completion.usage)
        case .success(.embeddings(let embeddings)):
            // A provider's default model is that for chats, so what the answer says is nearer the truth.
            model = route.model ?? embeddings.model
            usage = embeddings.usage
        }
    }
}

extension ProviderCall {
    /// The span of the attempt; nil where nobody traces.
    fileprivate var span: TraceSpan? {
        switch self {
        case .completion(let call): call.request.span
        case .embeddings(let request): request.span
        }
    }
}

extension ProviderAnswer {
    fileprivate func note(in span: TraceSpan) {
        switch self {
        case .completion(let completion): span.note(completion)
        case .embeddings(let embeddings): span.note(embeddings)
        }
    }
}
