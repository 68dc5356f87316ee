import Conversations
import ServiceRuntime

extension LLMService {
    /// How long a use stands for those that follow it. Each that is noted writes the channel's memory anew.
    private static let useInterval = Duration.seconds(600)
    /// How much of a question a model places.
    private static let maxPlacedScalars = 2000

    /// Whether it is known that a channel remembers nothing, or that nothing of it is wanted.
    func hasNoMemories(_ channel: String) -> Bool {
        guard settings.memory.isEnabled, settings.memory.maxInPrompt > 0 else { return true }
        return stores.memories.known(channel)?.memories.isEmpty ?? false
    }

    /// Returns the facts of a channel's memory for a prompt about `question`. If the channel has none, nothing else is done.
    /// What a model is asked for it is part of what the request costs.
    func memories(on question: String, in channel: String, for exchange: Exchange) async -> [Memory] {
        let settings = settings.memory
        guard settings.isEnabled, settings.maxInPrompt > 0 else { return [] }
        let book = await stores.memories.value(channel)
        guard !book.memories.isEmpty else { return [] }
        keep(book, of: channel)
        let mayPlace = await limits.hasTokens(exchange.caller, channel)
        let found = await relevant(
            book.memories, to: question, most: settings.maxInPrompt, deadline: exchange.deadline,
            meter: mayPlace ? exchange.meter : nil)
        return MemoryNotes.fitting(found)
    }

    /// What a channel remembers is kept as long as the channel is in use: for that it is written once a day, though nothing
    /// of it changed.
    private func keep(_ book: MemoryBook, of channel: String) {
        let now = time.timestamp
        if now - book.kept >= .seconds(86_400) { stores.memories.note(channel, .keep(at: now)) }
    }

    /// The memories that have to do with `query`.
    ///
    /// - Parameter meter: where it is counted what a model is asked; nil where words alone are to decide.
    func relevant(
        _ memories: [Memory], to query: String, most: Int, deadline: ContinuousClock.Instant, meter: UsageMeter?
    ) async -> [Memory] {
        var vector: MemoryVector?
        if let meter {
            vector = await self.vector(of: query, among: memories, deadline: deadline, meter: meter)
        }
        return MemoryRanking(query, vector: vector, now: time.timestamp).best(most, of: memories)
    }

    /// Records that facts were used. Does not wait until that is stored.
    func noteUse(of memories: [Memory], in channel: String) {
        let now = time.timestamp
        let ids = memories.filter { $0.lastUsed.map { now - $0 >= Self.useInterval } ?? true }.map(\.id)
        if !ids.isEmpty { stores.memories.note(channel, .use(ids, at: now)) }
    }

    /// Where a question lies, if there is anything to compare it with, and the provider says so in time.
    private func vector(
        of query: String, among memories: [Memory], deadline: ContinuousClock.Instant, meter: UsageMeter
    ) async -> MemoryVector? {
        guard let model = settings.memory.embeddingModel, memories.contains(where: { $0.vector?.model == model }) else {
            return nil
        }
        let limit = min(settings.memory.embeddingTimeout, deadline - time.now)
        let text = String(String.UnicodeScalarView(query.unicodeScalars.prefix(Self.maxPlacedScalars)))
        let end = time.now + limit
        let result = await bounded(by: limit) { () -> Result<[MemoryVector?], LLMError> in
            do throws(LLMError) {
                return .success(try await self.vectors(of: [text], by: model, deadline: end, meter: meter))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let vectors): return vectors.first ?? nil
        case .failure(let error):
            report(forgetful: "placing a question among memories", error)
            return nil
        }
    }
}
