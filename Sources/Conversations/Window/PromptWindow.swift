import JSON
package import LanguageModels

/// What of a conversation a model gets to see.
package struct PromptWindow: Sendable {
    /// The system prompt, the turns that fit, the new question.
    package let messages: [ChatMessage]
    /// The turns' messages that did not fit.
    package let dropped: Int
    /// The bytes of all its messages' texts.
    package let bytes: Int

    /// The last turns that fit before the new question, whole ones: so it never begins with an answer.
    ///
    /// - Parameters:
    ///   - system: the parts of the system prompt. It is put together here each time, and stored nowhere. The first part is
    ///     there in any case, the others where twice as much would fit: the turns come first.
    ///   - turns: what was said, oldest first.
    ///   - earlier: the number of turns before them.
    ///   - question: what is asked now; there in any case.
    ///   - maxMessages: the most messages after the system prompt, the question included.
    ///   - budget: the most tokens of all of it; nil for any number.
    package init(
        system: [String], turns: [Turn], earlier: Int = 0, question: ChatMessage, maxMessages: Int,
        budget: TokenBudget? = nil
    ) {
        let questionBytes = question.contentBytes + question.speakerBytes
        let prompt = Self.joined(system, leaving: questionBytes, budget)
        var bytes = prompt.utf8.count + questionBytes
        let oldest = max(0, turns.count - max(0, maxMessages - 1) / 2)
        var first = turns.count
        while first > oldest {
            let turn = turns[first - 1]
            let marks = ChatMessage.bytes(of: turn.speaker, lineBreaks: turn.questionJSON.lineBreaks)
            let more = turn.questionJSON.byteCount + turn.answerJSON.byteCount + marks
            let messages = (turns.count - first) * 2 + 4
            if let budget, !budget.holds(bytes: bytes + more, messages: messages) { break }
            bytes += more
            first -= 1
        }
        var messages: [ChatMessage] = []
        messages.reserveCapacity((turns.count - first) * 2 + 2)
        messages.append(ChatMessage(.system, prompt))
        for index in first..<turns.count {
            let turn = turns[index]
            messages.append(ChatMessage(.user, turn.questionJSON, speaker: turn.speaker))
            messages.append(ChatMessage(.assistant, turn.answerJSON))
        }
        messages.append(question)
        self.messages = messages
        self.bytes = bytes
        dropped = (earlier + first) * 2
    }

    /// The parts that fit, with a blank line between them.
    private static func joined(_ parts: [String], leaving questionBytes: Int, _ budget: TokenBudget?) -> String {
        guard parts.count > 1 else { return parts.first ?? "" }
        var text = parts[0]
        let needed = text.utf8.count + questionBytes
        var extra = 0
        for part in parts.dropFirst() {
            let size = part.utf8.count + separator.utf8.count
            if let budget, !budget.holds(bytes: needed + 2 * (extra + size), messages: 2) { continue }
            text.reserveCapacity(text.utf8.count + size)
            text += separator
            text += part
            extra += size
        }
        return text
    }

    private static var separator: String { "\n\n" }
}
