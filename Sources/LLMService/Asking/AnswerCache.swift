import LanguageModels
import ServiceRuntime

/// The answers that are kept for those who ask the same, and the calls that are shared by those who ask at the same time.
/// Bounded in time, number and bytes.
final class AnswerCache: Sendable {
    private struct CompletionKey: Hashable {
        var request: CompletionRequest
        var provider: String
    }

    private struct EmbeddingKey: Hashable {
        var request: EmbeddingRequest
        var provider: String
    }

    private let completions: SharedCalls<CompletionKey, Reply, LLMError>
    private let embeddings: SharedCalls<EmbeddingKey, (Embeddings, Int), LLMError>

    /// Nil where nothing is to be kept.
    init?(_ settings: CacheSettings, time: any TimeSource) {
        guard settings.ttl > .zero else { return nil }
        let cancelled = LLMError(.cancelled, "the request was cancelled")
        completions = SharedCalls(
            ttl: settings.ttl, maxEntries: settings.maxEntries, maxBytes: settings.maxBytes, time: time,
            cancelled: cancelled
        ) { key, reply in
            key.request.messages.reduce(512 + reply.completion.content.utf8.count) { $0 + $1.content.utf8.count }
                + key.request.images.reduce(0) { $0 + $1.byteCount * 4 / 3 }
        }
        embeddings = SharedCalls(
            ttl: settings.ttl, maxEntries: settings.maxEntries, maxBytes: settings.maxBytes, time: time,
            cancelled: cancelled
        ) { key, found in
            key.request.inputs.reduce(512 + found.0.vectors.count * found.0.dimensions * 8) { $0 + $1.utf8.count }
        }
    }

    /// The answer that is kept, or another's that is on its way, or that of `make`.
    func reply(
        to request: CompletionRequest, at provider: String,
        _ make: @escaping @Sendable () async throws(LLMError) -> Reply
    ) async throws(LLMError) -> Reply {
        let key = CompletionKey(request: request, provider: provider)
        let (outcome, isShared) = await completions.value(for: key) {
            do throws(LLMError) { return .success(try await make()) } catch { return .failure(error) }
        }
        var reply = try outcome.get()
        if isShared { (reply.isShared, reply.attempts) = (true, 0) }
        return reply
    }

    /// The vectors that are kept, or another's that are on their way, or those of `make`.
    func embeddings(
        of request: EmbeddingRequest, at provider: String,
        _ make: @escaping @Sendable () async throws(LLMError) -> (Embeddings, Int)
    ) async throws(LLMError) -> (embeddings: Embeddings, attempts: Int, isShared: Bool) {
        let key = EmbeddingKey(request: request, provider: provider)
        let (outcome, isShared) = await embeddings.value(for: key) {
            do throws(LLMError) { return .success(try await make()) } catch { return .failure(error) }
        }
        let (embeddings, attempts) = try outcome.get()
        return (embeddings, isShared ? 0 : attempts, isShared)
    }
}
