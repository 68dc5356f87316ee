package import JSON

/// A tool that the model wants called.
public struct ToolCall: Sendable, Hashable {
    /// The provider's id for it; empty where it has none (Ollama).
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments, a JSON text.
    public var arguments: String
    /// What the provider needs back with it; nil for nothing.
    public var providerFields: ProviderFields?

    /// Creates a call.
    public init(id: String, name: String, arguments: String, providerFields: ProviderFields? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.providerFields = providerFields
    }

    /// The size in bytes of what the model wrote, and of what comes with it.
    package var byteCount: Int { name.utf8.count + arguments.utf8.count + (providerFields?.byteCount ?? 0) }
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
