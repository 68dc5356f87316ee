package import LanguageModels

/// What of a conversation a model gets to see.
package struct PromptWindow: Sendable {
    /// The system prompt, the turns that fit, the new question.
    package let messages: [ChatMessage]
    /// The turns' messages that did not fit.
    package let dropped: Int

    /// The last turns that fit before the new question, whole ones: so it never begins with an answer.
    ///
    /// - Parameters:
    ///   - persona: whose prompt stands first. It is put together here each time, and stored nowhere.
    ///   - turns: what was said, oldest first.
    ///   - question: what is asked now.
    ///   - maxMessages: the most messages after the system prompt, the question included.
    ///   - maxBytes: the most bytes of all of them; nil for any number. Persona and question are there in any case.
    package init(
        persona: Persona, turns: some BidirectionalCollection<Turn>, question: ChatMessage, maxMessages: Int,
        maxBytes: Int? = nil
    ) {
        var fitting = turns.suffix(max(0, maxMessages - 1) / 2)
        if let maxBytes {
            var bytes = persona.prompt.utf8.count + question.content.utf8.count
            let count = fitting.reversed().prefix { turn in
                bytes += turn.textBytes
                return bytes <= maxBytes
            }.count
            fitting = fitting.suffix(count)
        }
        var messages: [ChatMessage] = []
        messages.reserveCapacity(fitting.count * 2 + 2)
        messages.append(ChatMessage(.system, persona.prompt))
        for turn in fitting {
            messages.append(ChatMessage(.user, turn.question, speaker: turn.speaker))
            messages.append(ChatMessage(.assistant, turn.answer))
        }
        messages.append(question)
        self.messages = messages
        dropped = (turns.count - fitting.count) * 2
    }
}
