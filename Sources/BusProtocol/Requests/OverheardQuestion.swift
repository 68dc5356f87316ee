package import JSON

/// A question in a channel, decoded for those who only listen (the web page). It is shown even if the rest of the message is
/// invalid, because the answer then says what is wrong.
package struct OverheardQuestion: Sendable {
    /// The channel in which it was asked.
    package let channel: String
    /// The request's id; nil where its sender gave none.
    package let id: String?
    /// The user who asks.
    package let name: String
    /// What was asked.
    package let text: String
    /// Whether pieces of the answer are to be expected.
    package let isStreamed: Bool

    /// Creates what is asked elsewhere than on the bus.
    package init(channel: String, id: String?, name: String, text: String, isStreamed: Bool) {
        (self.channel, self.id, self.name, self.text) = (channel, id, name, text)
        self.isStreamed = isStreamed
    }

    /// Nil where no channel is named.
    ///
    /// - Parameter id: the one that an envelope gives.
    init?(_ fields: [String: JSONValue], text: String, id: String? = nil) {
        guard let channel = Spelling.text(of: Spelling.channel, in: fields), !channel.isEmpty else { return nil }
        self.channel = channel
        self.text = text
        self.id = id ?? ReplyContext.id(fields["request_id"])
        name = Spelling.text(of: Spelling.user, in: fields) ?? ReplyContext.nobody
        isStreamed = fields["stream"] == .bool(true)
    }
}

extension LLMRequest {
    /// Returns what is said to a conversation, for those who only listen in; nil for every other request.
    package static func overheard(_ object: [String: JSONValue]) -> OverheardQuestion? {
        guard object["action"] == .string(Action.chat.rawValue), let text = object["message"]?.string else {
            return nil
        }
        return OverheardQuestion(object, text: text)
    }
}
