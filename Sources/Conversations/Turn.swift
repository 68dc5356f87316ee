package import JSON
public import ServiceRuntime

/// One question and its answer. They enter a conversation together or not at all.
///
/// A reference, as it never changes and conversations are copied. What was said is kept as JSON has it, and made ready for
/// that once: prompts and records copy it.
public final class Turn: Sendable {
    /// Tells turns apart, also those of other processes.
    public typealias ID = String

    /// Which one it is.
    public let id: ID
    /// When it was answered.
    public let time: Timestamp
    /// Who asked; nil where nobody gave a name.
    public let speaker: String?
    /// What was asked, escaped for JSON.
    package let questionJSON: JSONText
    /// What was answered, escaped for JSON.
    package let answerJSON: JSONText
    /// Whether it is kept in the conversation's record, and not as an entry of its log: it came from a backup, or from
    /// before there were logs.
    package let isInRecord: Bool

    /// Creates a turn. What was said is kept as models are shown it: see `promptText` and `speakerName`.
    public convenience init(id: ID, time: Timestamp, speaker: String?, question: String, answer: String) {
        self.init(id: id, time: time, speaker: speaker, question: question, answer: answer, isInRecord: false)
    }

    /// Creates a turn.
    package convenience init(
        id: ID, time: Timestamp, speaker: String?, question: String, answer: String, isInRecord: Bool
    ) {
        self.init(
            id: id, time: time, speaker: speaker.flatMap(\.speakerName), questionJSON: JSONText(question.promptText),
            answerJSON: JSONText(answer.promptText), isInRecord: isInRecord)
    }

    /// Creates a turn of what was kept of one.
    package init(
        id: ID, time: Timestamp, speaker: String?, questionJSON: JSONText, answerJSON: JSONText, isInRecord: Bool
    ) {
        self.id = id
        self.time = time
        self.speaker = speaker
        self.questionJSON = questionJSON
        self.answerJSON = answerJSON
        self.isInRecord = isInRecord
    }

    /// What was asked.
    public var question: String { questionJSON.text }
    /// What was answered.
    public var answer: String { answerJSON.text }

    /// The bytes of all that was said.
    package var textBytes: Int { questionJSON.byteCount + answerJSON.byteCount + (speaker?.utf8.count ?? 0) }
}

extension Turn: Equatable {
    /// Whether they say the same.
    public static func == (left: Turn, right: Turn) -> Bool {
        left === right
            || left.id == right.id && left.time == right.time && left.speaker == right.speaker
                && left.questionJSON == right.questionJSON && left.answerJSON == right.answerJSON
    }
}
