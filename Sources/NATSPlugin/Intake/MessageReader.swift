import JSON
import LLMService
import NATSClient

/// Reads what all messages have in common, and notes what is wrong with them.
struct MessageReader {
    var fields: FieldReader
    private(set) var echo: Echo
    /// Who asks, as it came; nil where nobody is named.
    private(set) var username: String?

    /// - Parameters:
    ///   - object: the payload.
    ///   - reply: the message's NATS reply subject.
    init(_ object: [String: JSONValue], reply: String?) {
        fields = FieldReader(object)
        echo = Echo(requestID: "")
        if let reply { echo.replies.append(reply) }
    }

    /// The channel; a fault where it is missing and `required`. `names` are its spellings, the first one preferred.
    mutating func channel(_ names: [String], required: Bool) -> String? {
        let name = spelling(names)
        echo.channelID = fields.raw(name).map { $0 == .null ? .string("") : $0 } ?? .string("")
        return required ? fields.requiredString(name, maxBytes: 256) : fields.string(name, maxBytes: 256)
    }

    /// Who asks, for the echo and for the model; nil where nobody is named.
    mutating func speaker(_ names: [String]) -> String? {
        guard let username = fields.string(spelling(names), maxBytes: 256), !username.isEmpty else { return nil }
        echo.username = username
        self.username = username
        return Self.speaker(username)
    }

    /// The plugin that asks, if it says which it is in a few plain characters. What else stands there may mean something
    /// else to somebody else: it is no fault.
    mutating func plugin() -> String? {
        for key in ["plugin", "source"] {
            guard case .string(let name)? = fields.raw(key), (1...64).contains(name.utf8.count) else { continue }
            if name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return name }
        }
        return nil
    }

    /// A name as the model is told it: one line, of a bounded length.
    static func speaker(_ username: String) -> String? {
        if username.utf8.count <= 64, username.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return username }
        let plain = username.prefix(64).map { $0.isWhitespace ? " " : $0 }.filter { !$0.isControl }
        return plain.allSatisfy { $0 == " " } ? nil : String(plain)
    }

    /// The spelling that is used: the first that says something, else the first that is there.
    private mutating func spelling(_ names: [String]) -> String {
        names.first { fields.value($0) != nil } ?? names.first { fields.raw($0) != nil } ?? names[0]
    }

    /// The sender's id, or one made up.
    mutating func requestID(_ given: String?) {
        let id = given ?? fields.string("request_id", maxBytes: 128)
        if let id, !id.isEmpty {
            echo.requestID = id
            echo.isOwnID = true
        } else {
            echo.requestID = RequestID.make()
        }
    }

    /// The subject that answers go to besides the reply subject.
    mutating func replyTo() {
        guard let subject = fields.string("reply_to") else { return }
        guard NATSSubject.isValid(subject), Subjects.mayReceiveReplies(subject) else {
            return fields.fault(
                "reply_to", expected: "a subject without wildcards that is not the service's own", got: .string(subject)
            )
        }
        if !echo.replies.contains(subject) { echo.replies.append(subject) }
    }

    /// What was asked for.
    mutating func setAction(_ action: String) { echo.action = action }

    /// It is a call, and answered as one.
    mutating func setCall(_ reply: CallReply) { echo.call = reply }

    /// Whether pieces are wanted as they come.
    mutating func stream() { echo.isStreamed = fields.bool("stream") ?? false }

    /// What the sender's id is an id within.
    mutating func setScope(_ parts: String...) { echo.scope = parts.joined(separator: "\u{0}") }

    /// Gives the answer an id of its own, where the sender's names another request.
    mutating func renewID() {
        echo.requestID = RequestID.make()
        echo.isOwnID = false
    }

    /// The first fault, as the error it is.
    var error: LLMError? {
        fields.faults.first.map { LLMError(.invalidRequest, $0) }
    }
}

extension Character {
    /// Whether it is one of Unicode's control characters.
    var isControl: Bool { unicodeScalars.allSatisfy { $0.properties.generalCategory == .control } }
}
