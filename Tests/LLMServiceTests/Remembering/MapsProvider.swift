import LanguageModels

/// A provider that makes vectors, and nothing else.
struct MapsProvider: Provider {
    typealias Place = @Sendable (EmbeddingRequest) async -> Result<Embeddings, ProviderError>

    let name = "maps"
    let defaultModel = "none"
    let place: Place

    func isAvailable() async -> Bool { true }

    func models() async throws(ProviderError) -> [String] { [] }

    func embed(_ request: EmbeddingRequest) async throws(ProviderError) -> Embeddings { try await place(request).get() }

    func complete(_ request: CompletionRequest, deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        throw ProviderError(.invalidRequest, "maps do not talk")
    }
}
