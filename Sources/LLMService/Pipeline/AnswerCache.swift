import JSON
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
    private let embeddings: SharedCalls<EmbeddingKey, EmbeddingReply, LLMError>

    /// Nil where nothing is to be kept.
    init?(_ settings: CacheSettings, time: any TimeSource) {
        guard settings.ttl > .zero else { return nil }
        let cancelled = LLMError(.cancelled, "the request was cancelled")
        completions = SharedCalls(
            ttl: settings.ttl, maxEntries: .max, maxBytes: settings.maxBytes, time: time, cancelled: cancelled
        ) { key, reply in
            // Who stood in for the one that was asked is not to be taken for it when it is back: too large to be kept.
            guard reply.provider == key.provider else { return .max }
            return key.request.bytes + 512 + reply.completion.content.utf8.count
        }
        embeddings = SharedCalls(
            ttl: settings.ttl, maxEntries: .max, maxBytes: settings.maxBytes, time: time, cancelled: cancelled
        ) { key, found in
            let vectors = found.embeddings
            return key.request.inputs.reduce(512 + vectors.vectors.count * vectors.dimensions * 8) {
                $0 + $1.utf8.count
            }
        }
    }

    /// The answers that are kept and their bytes, and those who wait for one.
    var load: (stored: Int, bytes: Int, waiting: Int) {
        let (first, second) = (completions.load, embeddings.load)
        return (first.stored + second.stored, first.bytes + second.bytes, first.waiting + second.waiting)
    }

    /// The answer that is kept, or another's that is on its way, or that of `make`.
    func reply(
        to prompt: Prompt, _ make: @escaping @Sendable () async throws(LLMError) -> Reply
    ) async throws(LLMError) -> Reply {
        let provider = prompt.route.provider
        var request = prompt.request
        request.model = prompt.route.modelName
        let key = CompletionKey(request: request, provider: provider.name)
        let (outcome, isShared) = await completions.value(for: key) {
            do throws(LLMError) { return .success(try await make()) } catch { return .failure(error) }
        }
        let reply = try outcome.get()
        return isShared ? Reply(reply.completion, from: reply.provider, attempts: 0, isShared: true) : reply
    }

    /// The vectors that are kept, or another's that are on their way, or those of `make`.
    func embeddings(
        of request: EmbeddingRequest, at provider: String,
        _ make: @escaping @Sendable () async throws(LLMError) -> EmbeddingReply
    ) async throws(LLMError) -> EmbeddingReply {
        let key = EmbeddingKey(request: request, provider: provider)
        let (outcome, isShared) = await embeddings.value(for: key) {
            do throws(LLMError) { return .success(try await make()) } catch { return .failure(error) }
        }
        let reply = try outcome.get()
        return isShared ? EmbeddingReply(embeddings: reply.embeddings, attempts: 0, isShared: true) : reply
    }
}

extension CompletionRequest {
    /// Its size in memory, roughly.
    fileprivate var bytes: Int {
        // A schema's values take several times its text.
        messages.reduce((format?.schema?.source.bytes.count ?? 0) * 8) { $0 + $1.contentBytes }
            + images.reduce(0) { $0 + $1.byteCount * 4 / 3 } + stop.reduce(0) { $0 + $1.utf8.count }
    }
}
