/// A tool that the model wants called.
public struct ToolCall: Sendable, Hashable {
    /// The provider's id for it; empty where it has none (Ollama).
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments, a JSON text.
    public var arguments: String

    /// A call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
