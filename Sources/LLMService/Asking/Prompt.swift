import Conversations
import LanguageModels
import ServiceRuntime

/// The place in a conversation that is answered.
final class Topic: Sendable {
    let channel: String
    let conversation: Conversation
    let question: ChatMessage
    /// The last turn, if its answer is made anew.
    let replaced: Turn.ID?
    /// The turn, if the same request made it before.
    let answered: Turn?

    init(
        _ channel: String, _ conversation: Conversation, _ question: ChatMessage, replacing replaced: Turn.ID? = nil,
        answered: Turn? = nil
    ) {
        (self.channel, self.conversation) = (channel, conversation)
        (self.question, self.replaced, self.answered) = (question, replaced, answered)
    }

    /// What was said before.
    var turns: ArraySlice<Turn> { replaced == nil ? conversation.turns[...] : conversation.turns.dropLast() }
}

/// What of a conversation a model is shown, and how it is asked.
final class Prompt: Sendable {
    let question: Question
    let persona: Persona
    /// Its messages, the system prompt left out.
    let messages: Int
    /// The conversation's messages that are not in it.
    let dropped: Int

    init(_ question: Question, _ persona: Persona, _ window: PromptWindow) {
        (self.question, self.persona) = (question, persona)
        (messages, dropped) = (window.messages.count - 1, window.dropped)
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
        let (options, conversation) = (submission.options, topic.conversation)
        let persona = try currentPersona(options.persona, conversation)
        let model = options.model ?? (options.provider == nil ? conversation.model ?? persona.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        let window = PromptWindow(
            persona: persona, turns: topic.turns, question: topic.question,
            maxMessages: longer.map { $0.messages / 2 } ?? settings.maxContextMessages,
            maxBytes: choice.provider.promptBytes(leaving: options.maxTokens))
        let request = CompletionRequest(
            .messages(window.messages), model: choice.model,
            temperature: options.temperature ?? persona.temperature ?? settings.temperature,
            maxTokens: options.maxTokens, stop: options.stop, images: options.images, format: options.format)
        return Prompt(
            Question(choice.candidate, request, deadline: submission.deadline, deltas: deltas), persona, window)
    }
}

extension Provider {
    /// The bytes of a prompt that leave room for the answer in its window, at three bytes a token; nil where its window is
    /// not known.
    fileprivate func promptBytes(leaving maxTokens: Int?) -> Int? {
        contextWindow.map { window in max(0, window - min(maxTokens ?? 1024, window / 2)) * 3 }
    }
}
