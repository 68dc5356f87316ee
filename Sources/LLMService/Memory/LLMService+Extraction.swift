import Conversations
import LanguageModels
import ServiceRuntime

extension LLMService {
    /// A turn is over: what it was told of memory was of use, and it may have something worth remembering in it.
    @inline(never)
    func noteMemories(_ pending: PendingTurn, _ turn: Turn, _ route: Route) {
        if !pending.memories.isEmpty { noteUse(of: pending.memories, in: pending.channel) }
        // Asked anew, a question has nothing in it that it had not before.
        guard settings.memory.extracts, settings.memory.isEnabled, pending.replaced == nil else { return }
        background.start("memory.extract \(pending.channel)") {
            do throws(LLMError) { try await self.extract(turn, pending.channel, route) } catch {
                self.report(forgetful: "looking for something to remember", error)
            }
        }
    }

    /// Asks a model what of a turn is worth remembering, remembers it, and tells the room.
    private func extract(
        _ turn: Turn, _ channel: String, _ route: Route
    ) async throws(LLMError) {
        guard await limits.hasTokens(nil, nil) else { return }
        let model = try settings.memory.extractModel.map { model throws(LLMError) in
            try ModelChoice(model: model, provider: nil, registry: registry).route
        }
        let book = await stores.memories.value(channel)
        let known = MemoryRanking(turn.question, now: time.timestamp).best(10, of: book.memories)
        let request = MemoryProposals.request(turn, known: known, model: (model ?? route).model)
        let deadline = time.now + min(settings.requestTimeout, .seconds(60))
        let meter = UsageMeter()
        defer { limits.note(tokens: meter.tokens, channel: channel) }
        let reply = try await bounded(by: deadline - time.now) { () -> Result<Reply, LLMError> in
            let prompt = Prompt(model ?? route, request, deadline: deadline, meter: meter, by: self)
            do throws(LLMError) { return .success(try await self.ask(prompt)) } catch {
                return .failure(error)
            }
        }.get()
        for proposal in MemoryProposals.read(reply.completion.content) {
            await remember(proposal, of: turn, channel)
        }
    }

    private func remember(_ proposal: MemoryProposals.Proposal, of turn: Turn, _ channel: String) async {
        let memory = Memory(
            proposal.text, category: proposal.category, importance: 2, author: turn.speaker, created: time.timestamp)
        // What a model finds worth remembering again is no news.
        guard let memory, case .added = await add(memory, to: channel) else { return }
        report(.add, channel: channel, user: turn.speaker)
        extractions.emit((memory, channel))
    }
}
