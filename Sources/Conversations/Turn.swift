/// One question and its answer. They enter a conversation together or not at all.
public struct Turn: Sendable, Equatable {
    /// Who asked; nil where nobody gave a name.
    public var speaker: String?
    /// What was asked.
    public var question: String
    /// What was answered.
    public var answer: String

    /// A turn.
    public init(speaker: String?, question: String, answer: String) {
        self.speaker = speaker
        self.question = question
        self.answer = answer
    }

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { question.utf8.count + answer.utf8.count + (speaker?.utf8.count ?? 0) }
}
