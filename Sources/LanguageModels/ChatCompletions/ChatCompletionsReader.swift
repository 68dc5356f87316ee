import HTTPTransport

/// Reads an answer of `/chat/completions`: the completion in it, or why there is none.
struct ChatCompletionsReader {
    let endpoint: ProviderEndpoint
    /// The model that was asked.
    let model: String
    var quirks = ModelQuirks()
    /// Whether its template opens its thoughts, as was seen before.
    var beginsInThoughts = false
    /// Whether the model may need its own fields back, for tools were offered.
    var keepsFields = false

    /// From the chunks of an answer that came to its end.
    func completion(_ chunks: inout ChatCompletionsChunks) throws(ProviderError) -> Completion {
        chunks.finish()
        quirks.note(chunks.text, of: model)
        try check(chunks.finishReason, chunks.text.content, refusal: chunks.refusal)
        return Completion(
            chunks.text.content, chunks.tools, own: chunks.own, from: endpoint.origin(model), model: chunks.model,
            finishReason: FinishReason(wire: chunks.finishReason), usage: chunks.usage)
    }

    /// The failure of an answer that is none.
    func failure(_ response: HTTPResponse, _ payload: ErrorPayload? = nil) -> ProviderError {
        endpoint.failure(response, payload: payload, model: model)
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
}

extension Completion {
    /// Creates what an answer says.
    ///
    /// - Parameters:
    ///   - own: its fields that are the provider's own; nil where nobody wants them.
    ///   - origin: who was asked.
    ///   - model: as the answer names it, which is the one billed; the one that was asked where it names none.
    ///   - finishReason: as the answer says it. One that ends in calls has another word for it at some servers.
    init(
        _ content: String, _ tools: ToolCallPieces, own: FieldPieces?, from origin: ProviderFields.Origin,
        model: String?, finishReason: FinishReason, usage: TokenUsage?
    ) {
        let named = model.flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : $0 }
        let endsInCalls = !tools.isEmpty && (finishReason != .length || tools.isWhole)
        self.init(
            content, model: named ?? origin.model, finishReason: endsInCalls ? .toolCalls : finishReason, usage: usage)
        toolCalls = tools.calls(from: origin)
        providerFields = own.flatMap { ProviderFields($0.merged, from: origin) }
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
