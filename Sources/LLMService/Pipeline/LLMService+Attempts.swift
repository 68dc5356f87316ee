import Concurrency
import LanguageModels
import Observability
import ServiceRuntime

extension LLMService {
    /// An attempt has ended: measures it, and ends its span.
    ///
    /// - Parameter refusal: Returns why an answer cannot be used for this request; nil if it can.
    /// - Returns: what is made of it.
    @inline(never)
    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration, refusal: (ProviderAnswer) -> ProviderError?
    ) -> Result<ProviderAnswer, ProviderError> {
        metrics.models.observe(call, on: route, result, after: duration)
        let span =
            switch call {
            case .completion(let call): call.request.span
            case .embeddings(let request): request.span
            }
        var result = result
        if case .success(let answer) = result {
            span?.note(answer)
            if let error = refusal(answer) { result = .failure(error) }
        }
        switch result {
        case .success: span?.end()
        case .failure(let error): span?.end(error, from: route.provider.name)
        }
        return result
    }
}

// OpenTelemetry's semantic conventions for generative AI ("gen-ai-spans"), with a span for each try: one that covered them
// all could not say who was asked, and what went wrong. What was said is in none of them.
extension TraceSpan {
    /// A try to have a provider answer.
    ///
    /// - Parameter attempt: counted from 1, those at other providers included.
    func completion(_ request: CompletionRequest, on route: Route, attempt: Int) -> TraceSpan {
        child(.client) {
            let model = route.modelName
            var attributes = Self.attributes("chat", model, route, attempt)
            if let maxTokens = request.maxTokens {
                attributes.append(Attribute("gen_ai.request.max_tokens", maxTokens))
            }
            if let temperature = request.temperature {
                attributes.append(Attribute("gen_ai.request.temperature", .number(temperature)))
            }
            if request.format != nil { attributes.append(Attribute("gen_ai.output.type", "json")) }
            return ("chat \(model)", attributes)
        }
    }

    /// A try to have a provider make vectors.
    func embedding(_ request: EmbeddingRequest, on route: Route, attempt: Int) -> TraceSpan {
        child(.client) {
            let name = request.model.map { "embeddings \($0)" } ?? "embeddings"
            return (name, Self.attributes("embeddings", request.model, route, attempt))
        }
    }

    private static func attributes(
        _ operation: String, _ model: String?, _ route: Route, _ attempt: Int
    ) -> [Attribute] {
        var attributes = [
            Attribute("gen_ai.operation.name", operation),
            Attribute("gen_ai.provider.name", route.provider.name), Attribute("rosey_llm.attempt", attempt),
        ]
        if let model { attributes.append(Attribute("gen_ai.request.model", model)) }
        return attributes
    }

    /// What is known of an answer, besides its words or vectors.
    fileprivate func note(_ answer: ProviderAnswer) {
        set {
            var attributes: [Attribute] = []
            switch answer {
            case .completion(let completion):
                attributes.append(Attribute("gen_ai.response.model", completion.model))
                attributes.append(
                    Attribute("gen_ai.response.finish_reasons", .strings([completion.finishReason.rawValue])))
            case .embeddings(let embeddings):
                attributes.append(Attribute("gen_ai.response.model", embeddings.model))
            }
            if let usage = answer.usage {
                attributes.append(Attribute("gen_ai.usage.input_tokens", usage.promptTokens))
                if case .completion = answer {
                    attributes.append(Attribute("gen_ai.usage.output_tokens", usage.completionTokens))
                }
            }
            if let first = answer.timing?.firstToken {
                attributes.append(Attribute("gen_ai.response.time_to_first_chunk", .number(first.seconds)))
            }
            return attributes
        }
    }

    /// Ends a try that failed.
    fileprivate func end(_ error: ProviderError, from provider: String) {
        guard isRecorded else { return }
        if let status = error.status { set { [Attribute("http.response.status_code", status)] } }
        fail(LLMError(error, from: provider).code.name)
        end()
    }
}
