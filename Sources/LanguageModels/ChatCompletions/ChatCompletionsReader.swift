import HTTPTransport

/// Reads an answer of `/chat/completions`: the completion in it, or why there is none.
struct ChatCompletionsReader {
    let endpoint: ProviderEndpoint
    /// The model that was asked.
    let model: String

    func completion(_ response: HTTPResponse) throws(ProviderError) -> Completion {
        guard (200..<300).contains(response.status) else { throw failure(response) }
        // A list may have an error in it; anything else that is no object could not be read.
        guard let answer = ChatCompletionsAnswer(response.body) else { throw failure(response) }
        if let payload = answer.error ?? answer.choice?.error { throw failure(response, payload) }
        guard let choice = answer.choice, let content = choice.content else { throw failure(response) }
        if let withheld = withheld(choice, content) { throw withheld }
        return Completion(
            content, model: named(answer.model), finishReason: FinishReason(wire: choice.finishReason),
            usage: answer.usage)
    }

    /// The failure of an answer that has the shape of one. What is in it was said in the room, so the log gets our words.
    private func withheld(_ choice: ChatCompletionsAnswer.Choice, _ content: String) -> ProviderError? {
        switch choice.finishReason {
        case "error":
            return ProviderError(.unavailable, "the language model failed in the middle of its answer", status: 200)
        case "content_filter":
            return ProviderError(
                .contentFiltered, ProviderError.Code.contentFiltered.sentence, status: 200,
                detail: "finish_reason content_filter")
        default:
            guard content.isEmpty, let refusal = choice.refusal, !refusal.isEmpty else { return nil }
            return ProviderError(
                .contentFiltered, "the language model declined to answer that", status: 200, detail: "a refusal")
        }
    }

    private func failure(_ response: HTTPResponse, _ payload: ErrorPayload? = nil) -> ProviderError {
        let failure = endpoint.failure(response, payload: payload)
        guard failure.code == .unknownModel else { return failure }
        return .unknownModel(model, at: endpoint.name, status: failure.status, detail: failure.detail)
    }

    /// The model as the answer names it, which is the one billed; the one asked where it names none.
    private func named(_ answered: String?) -> String {
        guard let answered, !answered.isEmpty, answered.utf8.count <= 256 else { return model }
        return answered
    }
}

extension FinishReason {
    /// A reason as servers write it; some have words of their own for the two that matter.
    init(wire word: String?) {
        switch word {
        case nil, "", "stop", "eos", "eos_token", "end_turn", "stop_sequence": self = .stop
        case "length", "max_tokens", "model_length": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case let word?: self.init(rawValue: String(word.prefix(40)))
        }
    }
}
