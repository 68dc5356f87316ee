package import Observability
import ServiceRuntime

/// A prompt, and how a provider answers it.
public struct CompletionRequest: Sendable, Hashable {
    /// What is to be continued.
    public enum Input: Sendable, Hashable {
        /// A conversation, the system prompt first.
        case messages([ChatMessage])
        /// A plain prompt outside any conversation, with a system prompt or none.
        case text(String, system: String?)

        /// The same as a model may see it.
        fileprivate var promptText: Input {
            switch self {
            case .messages: self
            case .text(let prompt, let system): .text(prompt.promptText, system: system?.promptText)
            }
        }
    }

    /// What is to be continued.
    public var input: Input
    /// The model's id; nil for the provider's default.
    public var model: String?
    /// 0 to 2; nil for the model's own.
    public var temperature: Double?
    /// The largest number of tokens of the answer; nil for the provider's own bound.
    public var maxTokens: Int?
    /// Texts before which the answer ends.
    public var stop: [String]
    /// Pictures that belong to the last message.
    public var images: [ImageInput]
    /// The form of the answer; nil for plain text.
    public var format: ResponseFormat?
    /// The size of the context window in tokens, for providers that have to be told; nil for their own setting.
    public var contextWindow: Int?
    /// The tools that the model may ask for; nil for none.
    public var tools: ToolOffer?
    /// The span of this one try; nil where nobody traces. What is kept for others to use has none.
    package var span: TraceSpan?

    /// Creates a request.
    public init(
        _ input: Input, model: String? = nil, temperature: Double? = nil, maxTokens: Int? = nil, stop: [String] = [],
        images: [ImageInput] = [], format: ResponseFormat? = nil, tools: ToolOffer? = nil
    ) {
        self.input = input.promptText
        self.model = model
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.stop = stop
        self.images = images
        self.format = format
        self.tools = tools
    }

    /// The input as messages, for interfaces that take nothing else.
    public var messages: [ChatMessage] {
        switch input {
        case .messages(let messages): messages
        case .text(let prompt, let system?): [ChatMessage(.system, system), ChatMessage(.user, prompt)]
        case .text(let prompt, nil): [ChatMessage(.user, prompt)]
        }
    }
}
