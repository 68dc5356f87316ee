package import JSON
import LLMService
import ServiceRuntime

/// The fields of a request that every reply repeats, and the subjects to which the replies go.
package struct ReplyContext: Sendable {
    /// The channel as it came; an empty string where there was none.
    package var channelID: JSONValue
    /// The sender's id, or one that was made up.
    package var requestID: String
    /// What two messages share that are the same request; nil where the sender gave no id: then no two are.
    package var identity: String?
    /// What was asked for, in the word of `llm.request`; commands are answered as `chat`.
    package var action = "chat"
    /// The user who asks, as the message names them; nil if it names nobody.
    package var username: String?
    /// The message's NATS reply subject.
    package var replySubject: String?
    /// The further subject that the message names in `reply_to`.
    package var replyTo: String?
    /// Whether pieces are wanted as they come; then the replies end with an empty message.
    package var isStreamed = false

    /// Creates the context of a message of which no more than this is known.
    package init(
        requestID: String = RequestID.make(), channelID: JSONValue = .string(""), username: String? = nil,
        replySubject: String? = nil
    ) {
        self.requestID = requestID
        self.channelID = channelID
        self.username = username
        self.replySubject = replySubject
    }

    /// Whether the id is the sender's: then the same one again is the same request.
    package var hasSenderID: Bool { identity != nil }

    /// The user who asks, or the name that is used if the message names nobody.
    package var name: String { username ?? Self.nobody }

    static let nobody = "User"

    /// The name of the user, as the model is told. Who has a name that nobody can see is somebody all the same: without a name
    /// a message could begin with another one's.
    package var speaker: String? { username.flatMap { $0.isEmpty ? nil : $0.callerName } }

    /// Whether there is anybody to reply to.
    package var hasReplySubject: Bool { replySubject != nil || replyTo != nil }

    /// Calls `body` with each subject that replies go to, once.
    package func forEachReplySubject(_ body: (String) -> Void) {
        if let replySubject { body(replySubject) }
        if let replyTo, replyTo != replySubject { body(replyTo) }
    }

    /// Returns the identity of a request: the same id for another channel, or for something else, is another request.
    ///
    /// - Parameter scope: what the sender's id is an id within.
    package static func identity(_ requestID: String, within scope: String...) -> String {
        scope.reduce(into: "") { $0 += $1 + "\u{0}" } + requestID
    }

    /// Returns a payload without the subject that it wants answers on: asked for elsewhere, it is the same request.
    package static func withoutReplySubject(_ payload: [String: JSONValue]) -> [String: JSONValue] {
        var payload = payload
        payload["reply_to"] = nil
        return payload
    }
}

/// Fields with two spellings in use on the bus, the preferred one first.
package enum Spelling {
    /// The channel, in commands.
    static let channel = ["channel_id", "channel"]
    /// The channel, in calls and in what the bot says of its rooms.
    package static let channelOfCalls = ["channel", "channel_id"]
    /// The user, in requests, in commands and in the bot's events.
    package static let user = ["username", "user"]
    /// The user, in calls.
    static let userOfCalls = ["user", "username"]

    /// Returns the text of a field in the first spelling that has one.
    static func text(of spellings: [String], in fields: [String: JSONValue]) -> String? {
        spellings.lazy.compactMap { fields[$0]?.string }.first
    }
}
