package import JSON

/// The tools that a model may ask for, as OpenAI writes them; they go to the provider as they came.
public final class ToolOffer: Sendable, Hashable {
    /// `tools`: a list of objects.
    package let tools: [JSONValue]
    /// `tool_choice`: whether one has to be called, and which; nil where nothing is said.
    package let choice: JSONValue?

    /// An offer.
    package init(tools: [JSONValue], choice: JSONValue? = nil) {
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
