import LanguageModels
import ServiceRuntime
import Tracing

// OpenTelemetry's semantic conventions for generative AI ("gen-ai-spans"), with a span for each try: one that covered them
// all could not say who was asked, and what went wrong. What was said is in none of them.
extension TraceSpan {
    /// A try to have a provider answer.
    ///
    /// - Parameter attempt: counted from 1, those at other providers included.
    func completion(_ request: CompletionRequest, by candidate: Dispatcher.Candidate, attempt: Int) -> TraceSpan {
        child(.client) {
            let model = candidate.model ?? candidate.provider.defaultModel
            var attributes = Self.attributes("chat", model, candidate, attempt)
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
    func embedding(_ request: EmbeddingRequest, by candidate: Dispatcher.Candidate, attempt: Int) -> TraceSpan {
        child(.client) {
            let name = request.model.map { "embeddings \($0)" } ?? "embeddings"
            return (name, Self.attributes("embeddings", request.model, candidate, attempt))
        }
    }

    private static func attributes(
        _ operation: String, _ model: String?, _ candidate: Dispatcher.Candidate, _ attempt: Int
    ) -> [Attribute] {
        var attributes = [
            Attribute("gen_ai.operation.name", operation),
            Attribute("gen_ai.provider.name", candidate.provider.name), Attribute("rosey_llm.attempt", attempt),
        ]
        if let model { attributes.append(Attribute("gen_ai.request.model", model)) }
        return attributes
    }

    /// What is known of an answer, besides its words.
    func note(_ completion: Completion) {
        set {
            var attributes = [
                Attribute("gen_ai.response.model", completion.model),
                Attribute("gen_ai.response.finish_reasons", .strings([completion.finishReason.rawValue])),
            ]
            if let usage = completion.usage {
                attributes.append(Attribute("gen_ai.usage.input_tokens", usage.promptTokens))
                attributes.append(Attribute("gen_ai.usage.output_tokens", usage.completionTokens))
            }
            if let first = completion.timing?.firstToken {
                attributes.append(Attribute("gen_ai.response.time_to_first_chunk", .number(first.seconds)))
            }
            return attributes
        }
    }

    /// Vectors came.
    func end(_ embeddings: Embeddings) {
        set {
            let model = Attribute("gen_ai.response.model", embeddings.model)
            guard let usage = embeddings.usage else { return [model] }
            return [model, Attribute("gen_ai.usage.input_tokens", usage.promptTokens)]
        }
        end()
    }
}

extension LLMService {
    /// A try failed. Gives the error back.
    @inline(never)
    static func end(_ span: TraceSpan?, _ error: ProviderError, from candidate: Dispatcher.Candidate) -> ProviderError {
        guard let span, span.isRecorded else { return error }
        if let status = error.status { span.set { [Attribute("http.response.status_code", status)] } }
        span.fail(LLMError(error, from: candidate.provider.name).code.name)
        span.end()
        return error
    }
}
