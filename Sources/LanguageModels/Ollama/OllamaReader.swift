import HTTPTransport

/// Reads an answer of `/api/chat` or `/api/generate`: the completion in it, or why there is none.
struct OllamaReader {
    let endpoint: ProviderEndpoint
    /// The model that was asked.
    let model: String

    func completion(_ response: HTTPResponse) throws(ProviderError) -> Completion {
        guard (200..<300).contains(response.status),
            let answer = OllamaAnswer(response.body)
        else { throw failure(response) }
        if let payload = answer.error { throw failure(response, payload) }
        guard answer.isDone else {
            throw ProviderError(
                .badAnswer, "the language model's answer broke off", status: response.status, detail: "done is not true"
            )
        }
        return Completion(
            answer.content, model: named(answer.model), finishReason: FinishReason(wire: answer.doneReason),
            usage: answer.usage)
    }

    /// The failure, with a sentence that says what to do where there is something to do.
    private func failure(_ response: HTTPResponse, _ payload: ErrorPayload? = nil) -> ProviderError {
        let failure = endpoint.failure(response, payload: payload)
        let better: String
        switch failure.code {
        case .unknownModel: better = notInstalled
        case .unavailable where response.status == 503:
            better = "the Ollama server has too many requests waiting; try again in a moment"
        case .authentication:
            better = "the Ollama server has to be signed in for that model; the operator can do it with: ollama signin"
        default: return failure
        }
        return ProviderError(
            failure.code, better, retryAfter: failure.retryAfter, status: failure.status, detail: failure.detail,
            retryable: failure.isRetryable)
    }

    private var notInstalled: String {
        let id = ModelName(model)
        let start = "Model \(id.quoted) is not installed on the Ollama server"
        guard let argument = id.asArgument else { return start }
        return start + "; the operator can install it with: ollama pull \(argument)"
    }

    private func named(_ answered: String?) -> String {
        guard let answered, !answered.isEmpty, answered.utf8.count <= 256 else { return model }
        return answered
    }
}
