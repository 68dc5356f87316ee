import HTTPTransport

/// Reads an answer of `/chat/completions`: the completion in it, or why there is none.
struct ChatCompletionsReader {
    let endpoint: ProviderEndpoint
    /// The model that was asked.
    let model: String

    /// From a body that is no stream.
    func completion(_ response: HTTPResponse) throws(ProviderError) -> Completion {
        guard (200..<300).contains(response.status) else { throw failure(response) }
        // A list may have an error in it; anything else that is no object could not be read.
        guard let answer = ChatCompletionsAnswer(response.body) else { throw failure(response) }
        if let payload = answer.error ?? answer.choice?.error { throw failure(response, payload) }
        guard let choice = answer.choice, let text = choice.content else { throw failure(response) }
        let content = ThoughtFilter.answer(in: text)
        try check(choice.finishReason, content, refusal: choice.refusal)
        var completion = Completion(
            content, model: named(answer.model), finishReason: FinishReason(wire: choice.finishReason),
            usage: answer.usage)
        completion.toolCalls = choice.toolCalls
        return completion
    }

    /// From the chunks of a stream that said why it ended.
    func completion(_ chunks: ChatCompletionsChunks) throws(ProviderError) -> Completion {
        try check(chunks.finishReason, chunks.content, refusal: chunks.refusal)
        var completion = Completion(
            chunks.content, model: named(chunks.model), finishReason: FinishReason(wire: chunks.finishReason),
            usage: chunks.usage)
        completion.toolCalls = chunks.tools.calls
        return completion
    }

    /// The failure of an answer that is none.
    func failure(_ response: HTTPResponse, _ payload: ErrorPayload? = nil) -> ProviderError {
        let failure = endpoint.failure(response, payload: payload)
        guard failure.code == .unknownModel else { return failure }
        return .unknownModel(model, at: endpoint.name, status: failure.status, detail: failure.detail)
    }

    /// Refuses what has the shape of an answer and is none. What is in it was said in the room, so the log gets our words.
    private func check(_ finishReason: String?, _ content: String, refusal: String?) throws(ProviderError) {
        switch finishReason {
        case "error":
            throw ProviderError(.unavailable, "the language model failed in the middle of its answer", status: 200)
        case "content_filter":
            throw ProviderError(
                .contentFiltered, ProviderError.Code.contentFiltered.sentence, status: 200,
                detail: "finish_reason content_filter")
        default:
            guard content.isEmpty, let refusal, !refusal.isEmpty else { return }
            throw ProviderError(
                .contentFiltered, "the language model declined to answer that", status: 200, detail: "a refusal")
        }
    }

    /// The model as the answer names it, which is the one billed; the one asked where it names none.
    private func named(_ answered: String?) -> String {
        guard let answered, !answered.isEmpty, answered.utf8.count <= 256 else { return model }
        return answered
    }
}

extension FinishReason {
    /// Creates a reason as servers write it; some have words of their own for the two that matter.
    init(wire word: String?) {
        switch word {
        case nil, "", "stop", "eos", "eos_token", "end_turn", "stop_sequence": self = .stop
        case "length", "max_tokens", "model_length": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case let word?: self.init(rawValue: String(word.prefix(40)))
        }
    }
}
