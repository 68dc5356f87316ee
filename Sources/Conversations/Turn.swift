public import ServiceRuntime
import Synchronization

/// One question and its answer. They enter a conversation together or not at all.
///
/// A reference, though it never changes: a conversation is copied often, and each of its turns written down often.
public final class Turn: Sendable {
    /// Tells turns apart, also those of other processes.
    public typealias ID = String

    /// Which one it is.
    public let id: ID
    /// When it was answered.
    public let time: Timestamp
    /// Who asked; nil where nobody gave a name.
    public let speaker: String?
    /// What was asked.
    public let question: String
    /// What was answered.
    public let answer: String
    /// The bytes of all that was said.
    package let textBytes: Int
    private let record = Mutex<[UInt8]?>(nil)

    /// A turn.
    public init(id: ID, time: Timestamp, speaker: String?, question: String, answer: String) {
        self.id = id
        self.time = time
        self.speaker = speaker
        self.question = question
        self.answer = answer
        textBytes = question.utf8.count + answer.utf8.count + (speaker?.utf8.count ?? 0)
    }

    /// Its size in memory, roughly, in bytes: what was said, twice (see ``written(by:)``).
    var bytes: Int { 300 + 2 * textBytes }

    /// How it is written down; found out once.
    package func written(by write: (Turn) -> [UInt8]) -> [UInt8] {
        record.withLock { record in
            let bytes = record ?? write(self)
            record = bytes
            return bytes
        }
    }
}

extension Turn: Equatable {
    /// Whether they say the same.
    public static func == (left: Turn, right: Turn) -> Bool {
        left === right
            || left.id == right.id && left.time == right.time && left.speaker == right.speaker
                && left.question == right.question && left.answer == right.answer
    }
}
