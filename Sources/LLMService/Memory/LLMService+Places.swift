import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// The most memories that a model is given at once, and how often.
    private static let (batch, rounds) = (16, 4)

    /// Has the memories of a channel placed that are not yet, the latest first. Those that were there before the model was
    /// chosen, or while it could not be asked, find their places so when something new is remembered.
    func placeMemories(of channel: String) {
        guard let model = settings.memory.embeddingModel else { return }
        background.start("memory.place \(channel)") {
            do throws(LLMError) { try await self.placeMemories(of: channel, by: model) } catch {
                self.report(forgetful: "placing memories", error)
            }
        }
    }

    private func placeMemories(of channel: String, by model: String) async throws(LLMError) {
        // Again, for what was added meanwhile: it could not start this anew.
        for _ in 0..<Self.rounds {
            let book = await stores.memories.value(channel)
            let memories = book.memories.filter { $0.vector?.model != model }.suffix(Self.batch)
            guard !memories.isEmpty, !Task.isCancelled, await limits.hasTokens(nil, channel) else { return }
            let deadline = time.now + min(settings.requestTimeout, .seconds(60))
            let meter = UsageMeter()
            defer { limits.note(tokens: meter.tokens, channel: channel) }
            let texts = memories.map(\.text)
            let vectors = try await vectors(of: texts, by: model, deadline: deadline, meter: meter)
            let placed = zip(memories, vectors).compactMap { memory, vector in vector.map { (memory.id, $0) } }
            guard !placed.isEmpty else { return }
            _ = await stores.memories.change(channel, .place(Dictionary(placed) { $1 }))
        }
    }

    /// Where texts lie, in their order; nil for what is no place. Cancelled, where it takes longer, is the caller's part.
    func vectors(
        of texts: [String], by model: String, deadline: ContinuousClock.Instant, meter: UsageMeter
    ) async throws(LLMError) -> [MemoryVector?] {
        let choice = try ModelChoice(model: model, provider: nil, registry: registry)
        let reply = try await vectors(of: texts, from: choice, deadline: deadline, meter: meter)
        guard reply.embeddings.vectors.count == texts.count else {
            throw LLMError(
                .providerError, "the provider's answer could not be understood", provider: choice.provider.name)
        }
        return reply.embeddings.vectors.map { MemoryVector($0, model: model) }
    }
}
