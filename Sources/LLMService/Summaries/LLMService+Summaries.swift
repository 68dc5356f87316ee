import Conversations
import LanguageModels
import Observability
import ServiceRuntime

// The rolling summary of a conversation: made after an answer is out, in the background, one a channel.
extension LLMService {
    /// The most parts of a conversation that are summarised at a time; the rest when the next turn is there.
    private static let maxParts = 8
    /// The bytes of a part: bounded for models of any window, and what fits the smallest one that is usual, where the
    /// window is not known.
    private static let (partBytes, usualPartBytes) = (1024...65_536, 8192)

    /// A turn of this conversation was stored: has what left its window summarised, where there is enough of it.
    @inline(never)
    func summarizeIfDue(_ turn: PendingTurn) {
        guard turn.isSummaryDue, !summaryPauses.holds(turn.channel, turns: turn.turnsSoFar) else { return }
        let channel = turn.channel
        background.start("summary of \(channel)") { await self.summarize(channel) }
    }

    /// Summarises what is due, part by part; each is kept as soon as it is there.
    private func summarize(_ channel: String) async {
        let conversation = await stores.conversations.value(channel)
        guard let plan = SummaryPlan(conversation, settings), await limits.hasTokens(nil, nil) else { return }
        do throws(LLMError) {
            let choice = try summaryChoice(conversation)
            var notes = conversation.summary?.text
            for part in parts(of: plan, notes, choice).prefix(Self.maxParts) {
                let text = try await self.notes(after: notes, part, choice, of: channel)
                let summary = Conversation.Summary(text: text, through: part.through)
                _ = await stores.conversations.change(channel, .summarize(summary, epoch: conversation.epoch))
                guard await stores.conversations.value(channel).summary == summary else { return }
                notes = text
                summaryPauses.end(channel)
                metrics.summaries.add()
                events.emit(
                    .summarized(channel: channel, messages: part.turns * 2, length: text.unicodeScalars.count))
            }
        } catch {
            // The end of the service is no failure.
            if Task.isCancelled { return }
            summaryPauses.begin(channel, turns: conversation.turnsSoFar)
            metrics.failedSummaries.add()
            events.emit(.unsummarized(channel: channel, error))
        }
    }

    /// Who summarises: the model of choice, else the one that the conversation is with.
    private func summaryChoice(_ conversation: Conversation) throws(LLMError) -> ModelChoice {
        let persona = try currentPersona(nil, chosen: conversation.persona)
        let model = settings.context.summaryModel ?? conversation.model ?? persona.model
        return try ModelChoice(model: model, provider: nil, registry: registry)
    }

    /// The turns in parts that the model's window holds, beside the notes and what it is told to do with them.
    private func parts(of plan: SummaryPlan, _ notes: String?, _ choice: ModelChoice) -> [SummaryPart] {
        guard let budget = budget(for: choice, leaving: summaryTokens) else {
            return SummaryPart.parts(of: plan.turns, maxBytes: Self.usualPartBytes)
        }
        let empty = SummaryPrompt(notes: nil, lines: "", maxWords: settings.context.summaryMaxWords)
        let frame = empty.system.utf8.count + empty.text.utf8.count + max(summaryBytes, notes?.utf8.count ?? 0)
        let room = budget.rate.bytes(tokens: budget.tokens, messages: 2) - frame
        let bounds = Self.partBytes
        return SummaryPart.parts(of: plan.turns, maxBytes: min(max(room, bounds.lowerBound), bounds.upperBound))
    }

    /// The notes of a part of a conversation and of what was noted before.
    private func notes(
        after notes: String?, _ part: SummaryPart, _ choice: ModelChoice, of channel: String
    ) async throws(LLMError) -> String {
        let summary = SummaryPrompt(notes: notes, lines: part.lines, maxWords: settings.context.summaryMaxWords)
        let request = CompletionRequest(
            .messages([ChatMessage(.system, summary.system), ChatMessage(.user, summary.text)]), model: choice.model,
            temperature: SummaryStyle.temperature, maxTokens: summaryTokens)
        let meter = UsageMeter()
        defer { limits.note(tokens: meter.tokens, channel: channel) }
        let prompt = Prompt(
            choice.route, request, deadline: time.now + settings.requestTimeout, meter: meter, by: self)
        let reply = try await bounded(by: settings.requestTimeout) { () -> Result<Reply, LLMError> in
            do throws(LLMError) { return .success(try await self.ask(prompt)) } catch {
                return .failure(error)
            }
        }.get()
        if reply.completion.isPromptCut {
            throw LLMError(.contextTooLong, "the provider read only the end of what is to be summarised")
        }
        return reply.completion.content.promptText.cut(toBytes: summaryBytes)
    }

    /// The most tokens of a summary; some to spare for models that think first.
    private var summaryTokens: Int { max(1024, settings.context.summaryMaxWords * 6) }

    /// The most bytes of a summary, however many its words are.
    private var summaryBytes: Int { max(1024, settings.context.summaryMaxWords * 16) }
}
