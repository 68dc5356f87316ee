import Conversations
import ServiceRuntime

extension LLMService {
    /// How long a use stands for those that follow it. Each that is noted writes the channel's memory anew.
    private static let useInterval = Duration.seconds(600)
    /// How much of a question a model places.
    private static let maxPlacedScalars = 2000

    /// What of a channel's memory a prompt for `question` is to have in it. Nothing else happens where there is none.
    func memories(on question: String, in channel: String, deadline: ContinuousClock.Instant) async -> [Memory] {
        let settings = settings.memory
        guard settings.isEnabled, settings.maxInPrompt > 0 else { return [] }
        let book = await stores.memories.value(channel)
        guard !book.memories.isEmpty else { return [] }
        let found = await relevant(book.memories, to: question, most: settings.maxInPrompt, deadline: deadline)
        return MemoryNotes.fitting(found)
    }

    /// The memories that have to do with `query`.
    func relevant(
        _ memories: [Memory], to query: String, most: Int, deadline: ContinuousClock.Instant
    ) async -> [Memory] {
        let vector = await vector(of: query, among: memories, deadline: deadline)
        return MemoryRanking(query, vector: vector, now: time.timestamp).best(most, of: memories)
    }

    /// They were of use. Nobody waits until that is kept.
    func noteUse(of memories: [Memory], in channel: String) {
        let now = time.timestamp
        let ids = memories.filter { $0.lastUsed.map { now - $0 >= Self.useInterval } ?? true }.map(\.id)
        if !ids.isEmpty { stores.memories.note(channel, .use(ids, at: now)) }
    }

    /// Where a question lies, if there is anything to compare it with, and the provider says so in time.
    private func vector(
        of query: String, among memories: [Memory], deadline: ContinuousClock.Instant
    ) async -> MemoryVector? {
        guard let model = settings.memory.embeddingModel, memories.contains(where: { $0.vector?.model == model }) else {
            return nil
        }
        let limit = min(settings.memory.embeddingTimeout, deadline - time.now)
        let text = String(String.UnicodeScalarView(query.unicodeScalars.prefix(Self.maxPlacedScalars)))
        let end = time.now + limit
        let result = await bounded(by: limit) { () -> Result<[MemoryVector?], LLMError> in
            do throws(LLMError) { return .success(try await self.vectors(of: [text], by: model, deadline: end)) } catch
            {
                return .failure(error)
            }
        }
        switch result {
        case .success(let vectors): return vectors.first ?? nil
        case .failure(let error):
            tell(forgetful: "placing a question among memories", error)
            return nil
        }
    }
}
