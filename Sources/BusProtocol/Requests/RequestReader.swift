import JSON
import LLMService
import NATSClient

/// Reads the fields that all messages have in common into a ``ReplyContext``, and notes the faults.
struct RequestReader {
    var fields: FieldReader
    var context: ReplyContext

    /// - Parameters:
    ///   - object: the payload.
    ///   - reply: the message's NATS reply subject.
    init(_ object: JSONObject, reply: String?) {
        fields = FieldReader(object, notesReads: false)
        context = ReplyContext(requestID: "", replySubject: reply)
    }

    /// The first fault, as the error it is: no other is ever told.
    var error: LLMError? {
        fields.faults.first.map { LLMError(.invalidRequest, $0) }
    }

    /// Reads the channel; notes a fault where it is missing and `required`.
    mutating func channel(_ spellings: [String], required: Bool) -> String? {
        let name = spelling(spellings)
        if let channel = fields.value(name) { context.channelID = channel }
        return required ? fields.requiredString(name, maxBytes: 256) : fields.string(name, maxBytes: 256)
    }

    /// Reads who asks.
    mutating func user(_ spellings: [String]) {
        guard let username = fields.string(spelling(spellings), maxBytes: 256), !username.isEmpty else { return }
        context.username = username
    }

    /// Returns the spelling that is used: the first that says something, else the first that is there.
    private mutating func spelling(_ names: [String]) -> String {
        names.first { fields.value($0) != nil } ?? names.first { fields.raw($0) != nil } ?? names[0]
    }

    /// Reads the sender's id, or makes one up.
    ///
    /// - Parameter envelope: the id that an envelope gives.
    mutating func requestID(_ envelope: String? = nil) {
        let id = envelope ?? fields.string("request_id", maxBytes: ReplyContext.maxIDBytes)
        if let id, !id.isEmpty {
            context.requestID = id
            context.identity = id
        } else {
            makeID()
        }
    }

    /// Gives the answer an id of its own.
    mutating func makeID() {
        context.requestID = RequestID.make()
        context.identity = nil
    }

    /// Notes what the sender's id, if there is one, is an id within.
    mutating func scope(_ first: String, _ second: String) {
        if context.hasSenderID { context.identity = ReplyContext.identity(context.requestID, within: first, second) }
    }

    /// Reads the subject that answers go to besides the reply subject.
    mutating func replyTo() {
        guard let subject = fields.string("reply_to") else { return }
        guard NATSSubject.isValid(subject), Subjects.mayReceiveReplies(subject) else {
            return fields.fault(
                "reply_to", expected: "a subject without wildcards that is not the service's own", got: .string(subject)
            )
        }
        context.replyTo = subject
    }

    /// Reads whether pieces are wanted as they come.
    mutating func stream() { context.isStreamed = fields.bool("stream") ?? false }

    /// Returns in whose name it is asked: the user's that is named, or else the plugin's own.
    mutating func caller() -> Caller {
        if let username = context.username { return .user(username) }
        for key in ["plugin", "source"] {
            // In a few plain characters: what else stands there may mean something to somebody else, and is no fault.
            guard case .string(let name)? = fields.raw(key), (1...64).contains(name.utf8.count) else { continue }
            if name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return .plugin(name) }
        }
        return .plugin(nil)
    }

    /// Returns a text that must be there and hold more than white space, of at most `maxBytes` bytes.
    ///
    /// - Throws: the first fault of the whole message, if there is one.
    mutating func text(_ field: String, maxBytes: Int) throws(LLMError) -> String {
        let text = fields.requiredString(field) ?? ""
        if let error { throw error }
        if text.utf8.count > maxBytes { throw .tooLarge(field, "bytes", maxBytes, got: text.utf8.count) }
        return text
    }
}

extension ReplyContext {
    /// The longest id of a sender's, in bytes.
    static let maxIDBytes = 128

    /// Returns the id that a value is, if it is one.
    static func id(_ value: JSONValue?) -> String? {
        value?.string.flatMap { $0.isEmpty || $0.utf8.count > maxIDBytes ? nil : $0 }
    }
}

extension LLMError {
    /// More than is taken.
    static func tooLarge(_ field: String, _ unit: String, _ limit: Int, got count: Int) -> LLMError {
        LLMError(.tooLarge, "\(field): expected at most \(limit) \(unit), got \(count)")
    }
}
