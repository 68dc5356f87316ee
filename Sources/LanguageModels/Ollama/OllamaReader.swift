import HTTPTransport

/// Says what an answer of `/api/chat` or `/api/generate` means: the completion in it, or why there is none.
struct OllamaReader {
    let endpoint: ProviderEndpoint
    /// The model that was asked.
    let model: String
    /// `num_ctx`, where it was sent.
    var contextWindow: Int?
    /// The prompt's size.
    var promptBytes = 0
    var quirks = ModelQuirks()
    /// Whether its template opens its thoughts, as was seen before.
    var beginsInThoughts = false
    /// Whether the model may need its own fields back, for tools were offered.
    var keepsFields = false

    /// An answer of which nothing has come.
    var newAnswer: OllamaAnswer { OllamaAnswer(beginsInThoughts: beginsInThoughts, keepsFields: keepsFields) }

    /// From an answer that is done.
    func completion(_ answer: OllamaAnswer) -> Completion {
        quirks.note(answer.text, of: model)
        var completion = Completion(
            answer.text.content, answer.tools, own: answer.own, from: endpoint.origin(model), model: answer.model,
            finishReason: FinishReason(wire: answer.doneReason), usage: answer.usage)
        completion.isPromptCut = isCut(answer.usage.promptTokens)
        if let speed = answer.tokensPerSecond {
            completion.timing = Completion.Timing(firstToken: .zero, total: .zero, tokensPerSecond: speed)
        }
        return completion
    }

    /// Ollama cuts a prompt that does not fit its window without a word: it has then read all that fits, or far fewer
    /// tokens than so many bytes can be (eight a token is beyond every tokenizer's average).
    private func isCut(_ promptTokens: Int) -> Bool {
        guard let contextWindow, promptTokens > 0 else { return false }
        return promptTokens >= contextWindow || promptBytes / 8 > promptTokens
    }

    /// The failure, with a sentence that says what to do where there is something to do.
    func failure(_ response: HTTPResponse, _ payload: ErrorPayload? = nil) -> ProviderError {
        let failure = endpoint.failure(response, payload: payload, model: model)
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
            retryable: failure.isRetryable, hasOtherKey: failure.hasOtherKey,
            // Without a key of ours it is about one model in the cloud; those on the server answer.
            blamesProvider: failure.code != .authentication || endpoint.hasKey)
    }

    private var notInstalled: String {
        let id = ModelName(model)
        let start = "Model \(id.quoted) is not installed on the Ollama server"
        guard let argument = id.asArgument else { return start }
        return start + "; the operator can install it with: ollama pull \(argument)"
    }
}
