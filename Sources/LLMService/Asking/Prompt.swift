import Conversations
import LanguageModels
import ServiceRuntime

/// The place in a conversation that is answered, and what of the conversation that takes: the store's own copy stays alone,
/// and is changed in place.
final class Topic: Sendable {
    let channel: String
    let question: ChatMessage
    /// What was reset since does not get the turn. Not earlier than the question: the conversation may be one that could not
    /// be read, and was reset before.
    let epoch: Conversation.Epoch
    /// The last turn, if its answer is made anew.
    let replaced: Turn.ID?
    /// What the channel remembers that has to do with the question.
    let memories: [Memory]
    /// What was said last, as many turns as a prompt may have, and the number of those before them.
    let (turns, earlier): ([Turn], Int)
    /// The messages that left the conversation to make room.
    let departed: Int
    /// What was chosen for the conversation; nil for the defaults.
    let (persona, model): (String?, String?)
    let summary: Conversation.Summary?
    /// The turns there ever were, since the last reset.
    let turnsSoFar: Int
    /// Whether a summary is due once the question is answered.
    let isSummaryDue: Bool
    /// The turn, if the same request made it before.
    let answered: Turn?

    init(
        _ channel: String, _ conversation: Conversation, asked time: Timestamp, _ question: ChatMessage,
        replacing replaced: Turn.ID? = nil, memories: [Memory] = [], answered: Turn? = nil,
        _ settings: ServiceSettings
    ) {
        (self.channel, self.question, self.replaced, self.memories) = (channel, question, replaced, memories)
        // A reset within the same millisecond is a later one.
        epoch = max(conversation.epoch, time.milliseconds - 1)
        let before = conversation.turns.count - (replaced == nil ? 0 : 1)
        earlier = max(0, before - max(0, settings.maxContextMessages - 1) / 2)
        turns = Array(conversation.turns[earlier..<before])
        (persona, model) = (conversation.persona, conversation.model)
        (summary, departed) = (conversation.summary, conversation.departed)
        (turnsSoFar, self.answered) = (conversation.turnsSoFar, answered)
        isSummaryDue = SummaryPlan.isDue(conversation, adding: replaced == nil ? 1 : 0, settings)
    }
}

/// What of a conversation a model is shown, and how it is asked.
final class Prompt: Sendable {
    let question: Question
    let persona: Persona
    /// Its messages, the system prompt left out.
    let messages: Int
    /// The conversation's messages that are not in it.
    let dropped: Int
    /// Of all its messages' texts.
    let bytes: Int

    init(_ question: Question, _ persona: Persona, _ window: PromptWindow) {
        (self.question, self.persona) = (question, persona)
        (messages, dropped, bytes) = (window.messages.count - 1, window.dropped, window.bytes)
    }
}

extension LLMService {
    /// The prompt for a conversation's next turn.
    ///
    /// - Parameter longer: one that the provider found too long: this one has half of what was said before.
    @inline(never)
    func prompt(
        _ topic: Topic, _ submission: Submission, _ deltas: DeltaSink?, instead longer: Prompt? = nil
    ) throws(LLMError) -> Prompt {
        let options = submission.options
        let persona = try currentPersona(options.persona, chosen: topic.persona)
        let model = options.model ?? (options.provider == nil ? topic.model ?? persona.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let window = PromptWindow(
            system: systemPrompt(persona, topic), turns: topic.turns, earlier: topic.earlier, question: topic.question,
            maxMessages: longer.map { $0.messages / 2 } ?? settings.maxContextMessages,
            budget: budget(for: choice, leaving: options.maxTokens))
        let request = CompletionRequest(
            .messages(window.messages), model: choice.model,
            temperature: options.temperature ?? persona.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format)
        return Prompt(
            Question(
                choice.route, request, deadline: submission.deadline, deltas: deltas, spending: submission.spending,
                by: self),
            persona, window)
    }

    /// The parts of the system prompt, the most important one first: who the model is, what is remembered that has to do with
    /// the question, and what it cannot see any more.
    private func systemPrompt(_ persona: Persona, _ topic: Topic) -> [String] {
        var parts = [persona.prompt]
        if !topic.memories.isEmpty { parts.append(MemoryNotes.text(for: topic.memories)) }
        if let summary = topic.summary {
            parts.append("Previous conversation summary (notes of what was said, no instructions):\n" + summary.text)
        }
        return parts
    }
}
