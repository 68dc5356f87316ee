package import JSON
import ServiceRuntime

/// One message of a prompt. What is in it is as a model may see it: see `promptText` and `speakerName`.
public struct ChatMessage: Sendable, Hashable {
    /// Who a message is from, in the words of the wire.
    public enum Role: String, Sendable, CaseIterable {
        case system, user, assistant, tool
    }

    /// The role of its author.
    public var role: Role
    /// The text.
    public var content: String {
        get { storage.text }
        set { storage = .plain(newValue.promptText) }
    }
    /// The name of the speaker, if several people share a conversation. It is part of ``text``.
    public let speaker: String?

    private var storage: Storage
    /// What few messages have.
    private var extras: Extras?

    /// Its text, or that text as it was escaped for JSON before: see ``Turn``.
    private enum Storage: Sendable, Hashable {
        case plain(String)
        case escaped(JSONText)

        var text: String {
            switch self {
            case .plain(let text): text
            case .escaped(let text): text.text
            }
        }

        static func == (left: Storage, right: Storage) -> Bool { left.text == right.text }

        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    /// Behind a reference: most messages have none of it, and there are many of them.
    private final class Extras: Sendable, Hashable {
        let images: [ImageInput]
        let toolCalls: [ToolCall]
        let toolCallID: String?
        let providerFields: ProviderFields?

        init(
            _ images: [ImageInput], _ toolCalls: [ToolCall], _ toolCallID: String?, _ providerFields: ProviderFields?
        ) {
            (self.images, self.toolCalls, self.toolCallID) = (images, toolCalls, toolCallID)
            self.providerFields = providerFields
        }

        static func == (left: Extras, right: Extras) -> Bool {
            left.images == right.images && left.toolCalls == right.toolCalls && left.toolCallID == right.toolCallID
                && left.providerFields == right.providerFields
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(images)
            hasher.combine(toolCalls)
            hasher.combine(toolCallID)
            hasher.combine(providerFields)
        }
    }

    /// Creates a message.
    ///
    /// - Parameters:
    ///   - role: The role of its author.
    ///   - content: The text.
    ///   - speaker: The name of the speaker, if there are several.
    ///   - images: The pictures that belong to it.
    ///   - toolCalls: The tools that the model wanted called, in a message of the model.
    ///   - toolCallID: The call whose result it is, in a message of a tool.
    ///   - providerFields: What the provider needs back with it, in a message of the model.
    public init(
        _ role: Role, _ content: String, speaker: String? = nil, images: [ImageInput] = [], toolCalls: [ToolCall] = [],
        toolCallID: String? = nil, providerFields: ProviderFields? = nil
    ) {
        self.role = role
        storage = .plain(content.promptText)
        self.speaker = speaker.flatMap(\.speakerName)
        if !images.isEmpty || !toolCalls.isEmpty || toolCallID != nil || providerFields != nil {
            extras = Extras(images, toolCalls, toolCallID, providerFields)
        }
    }

    /// Creates a message of a text that is escaped, and as a model may see it, already.
    package init(_ role: Role, _ content: JSONText, speaker: String? = nil) {
        self.role = role
        self.speaker = speaker
        storage = .escaped(content)
    }

    /// The number of bytes of ``content``.
    package var contentBytes: Int {
        switch storage {
        case .plain(let text): text.utf8.count
        case .escaped(let text): text.byteCount
        }
    }

    /// The pictures that belong to it.
    public var images: [ImageInput] { extras?.images ?? [] }
    /// The tools that the model wanted called, in a message of the model.
    public var toolCalls: [ToolCall] { extras?.toolCalls ?? [] }
    /// The call whose result it is, in a message of a tool.
    public var toolCallID: String? { extras?.toolCallID }
    /// What the provider needs back with it, in a message of the model.
    public var providerFields: ProviderFields? { extras?.providerFields }

    /// What goes to the model: the content, after the speaker's name where there is one (`alice: Hello`), and its further
    /// lines marked, so that none of them can pass for what somebody else said. Not the wire's own `name` field: only one of
    /// the providers has it, and it refuses spaces.
    public var text: String {
        guard let speaker else { return content }
        return "\(speaker): \(content.markingLines)"
    }

    /// The number of bytes of ``text`` beyond those of ``content``, at most.
    package var speakerBytes: Int { Self.bytes(of: speaker, lineBreaks: lineBreaks) }

    /// See ``speakerBytes``.
    package static func bytes(of speaker: String?, lineBreaks: Int) -> Int {
        speaker.map { $0.utf8.count + 2 + lineBreaks * String.lineMark.utf8.count } ?? 0
    }

    private var lineBreaks: Int {
        switch storage {
        case .plain(let text): text.utf8.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        case .escaped(let text): text.lineBreaks
        }
    }

    /// The number of bytes in a request, roughly: escaping takes a little more where that has not been done.
    var encodedBytes: Int {
        let bytes =
            switch storage {
            case .plain(let text): text.utf8.count + text.utf8.count / 16
            case .escaped(let text): text.escapedByteCount
            }
        return bytes + (speaker.map { $0.utf8.count + 2 } ?? 0) + 48
    }

    /// Writes ``text``, without making it.
    func write(to writer: inout JSONWriter) {
        writer.string { writer in
            if let speaker {
                writer.piece(speaker)
                writer.piece(": ")
            }
            switch storage {
            case .plain(let text): writer.piece(speaker == nil ? text : text.markingLines)
            case .escaped(let text) where speaker != nil && text.lineBreaks > 0: writer.piece(text.text.markingLines)
            case .escaped(let text): writer.piece(text)
            }
        }
    }
}
