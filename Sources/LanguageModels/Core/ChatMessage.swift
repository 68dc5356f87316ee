/// One message of a prompt.
public struct ChatMessage: Sendable, Hashable {
    /// Who a message is from, in the words of the wire.
    public enum Role: String, Sendable, CaseIterable {
        case system, user, assistant, tool
    }

    /// Whom it is from.
    public var role: Role
    /// Its text.
    public var content: String
    /// The speaker, where several people share a conversation. ``text`` tells it to the model.
    public var speaker: String?

    /// A message.
    public init(_ role: Role, _ content: String, speaker: String? = nil) {
        self.role = role
        self.content = content
        self.speaker = speaker
    }

    /// What goes to the model: the content, after the speaker's name where there is one (`alice: Hello`). Not the wire's
    /// own `name` field: only one of the providers has it, and it refuses spaces.
    public var text: String {
        guard let speaker else { return content }
        return "\(speaker): \(content)"
    }
}
