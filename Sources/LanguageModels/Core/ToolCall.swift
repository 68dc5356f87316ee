package import JSON

/// A tool that the model wants called.
public struct ToolCall: Sendable, Hashable {
    /// The provider's id for it; empty where it has none (Ollama).
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments, a JSON text.
    public var arguments: String

    /// Creates a call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// The tools that a model may ask for, as OpenAI writes them; they go to the provider as they came.
public final class ToolOffer: Sendable, Hashable {
    /// `tools`: a list of objects.
    package let tools: RawJSON
    /// `tool_choice`: whether one has to be called, and which; nil where nothing is said.
    package let choice: RawJSON?

    /// Creates an offer.
    package init(tools: RawJSON, choice: RawJSON? = nil) {
        self.tools = tools
        self.choice = choice
    }

    /// Whether both offer the same.
    public static func == (left: ToolOffer, right: ToolOffer) -> Bool {
        left.tools == right.tools && left.choice == right.choice
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(tools)
        hasher.combine(choice)
    }
}
