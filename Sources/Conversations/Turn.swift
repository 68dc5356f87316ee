public import ServiceRuntime

/// One question and its answer. They enter a conversation together or not at all.
public struct Turn: Sendable, Equatable {
    /// Tells turns apart, also those of other processes.
    public typealias ID = String

    /// Which one it is.
    public var id: ID
    /// When it was answered.
    public var time: Timestamp
    /// Who asked; nil where nobody gave a name.
    public var speaker: String?
    /// What was asked.
    public var question: String
    /// What was answered.
    public var answer: String

    /// A turn.
    public init(id: ID, time: Timestamp, speaker: String?, question: String, answer: String) {
        self.id = id
        self.time = time
        self.speaker = speaker
        self.question = question
        self.answer = answer
    }

    /// Its size in memory, roughly, in bytes.
    var bytes: Int { 96 + textBytes }

    /// The bytes of all that was said.
    package var textBytes: Int { question.utf8.count + answer.utf8.count + (speaker?.utf8.count ?? 0) }
}
