import LanguageModels

/// Says what it was told, louder.
struct ShoutingProvider: Provider {
    let name = "shouting"
    let defaultModel = "megaphone"

    func isAvailable() async -> Bool { true }

    func models() async throws(ProviderError) -> [String] { [defaultModel] }

    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        guard request.model == nil || request.model == defaultModel else {
            throw ProviderError(.unknownModel, "the provider shouting has one model, megaphone")
        }
        let answer = (request.messages.last?.content ?? "").uppercased() + "!"
        deltas?(answer)
        return Completion(answer, model: defaultModel)
    }
}
