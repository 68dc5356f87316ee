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

    /// What few messages have.
    private var extras: Extras?

    /// Behind a reference: most messages have none of it, and there are many of them.
    private final class Extras: Sendable, Hashable {
        let images: [ImageInput]
        let toolCalls: [ToolCall]
        let toolCallID: String?

        init(_ images: [ImageInput], _ toolCalls: [ToolCall], _ toolCallID: String?) {
            (self.images, self.toolCalls, self.toolCallID) = (images, toolCalls, toolCallID)
        }

        static func == (left: Extras, right: Extras) -> Bool {
            left.images == right.images && left.toolCalls == right.toolCalls && left.toolCallID == right.toolCallID
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(images)
            hasher.combine(toolCalls)
            hasher.combine(toolCallID)
        }
    }

    /// A message.
    ///
    /// - Parameters:
    ///   - role: whom it is from.
    ///   - content: its text.
    ///   - speaker: who speaks, where several do.
    ///   - images: pictures that belong to it.
    ///   - toolCalls: the tools that the model wanted called, in a message of its own.
    ///   - toolCallID: the call whose result it is, in a message of a tool.
    public init(
        _ role: Role, _ content: String, speaker: String? = nil, images: [ImageInput] = [], toolCalls: [ToolCall] = [],
        toolCallID: String? = nil
    ) {
        self.role = role
        self.content = content
        self.speaker = speaker
        if !images.isEmpty || !toolCalls.isEmpty || toolCallID != nil { extras = Extras(images, toolCalls, toolCallID) }
    }

    /// Pictures that belong to it.
    public var images: [ImageInput] { extras?.images ?? [] }
    /// The tools that the model wanted called, in a message of its own.
    public var toolCalls: [ToolCall] { extras?.toolCalls ?? [] }
    /// The call whose result it is, in a message of a tool.
    public var toolCallID: String? { extras?.toolCallID }

    /// What goes to the model: the content, after the speaker's name where there is one (`alice: Hello`). Not the wire's
    /// own `name` field: only one of the providers has it, and it refuses spaces.
    public var text: String {
        guard let speaker else { return content }
        return "\(speaker): \(content)"
    }
}
