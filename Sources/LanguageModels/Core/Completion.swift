/// A provider's whole answer to a prompt.
public struct Completion: Sendable, Equatable {
    /// The text; reasoning is not part of it.
    public var content: String
    /// The model that answered, as the provider names it (it may be another than the one asked).
    public var model: String
    /// Why the model stopped.
    public var finishReason: FinishReason
    /// The number of tokens used; nil if the provider does not say.
    public var usage: TokenUsage?
    /// The tools that the model wants called, in the order in which it named them.
    public var toolCalls: [ToolCall] = []
    /// What the provider needs back with the message, as long as tools are offered; nil for nothing.
    public var providerFields: ProviderFields?
    /// When the text arrived; nil if the provider does not measure it.
    public var timing: Timing?
    /// Whether the provider is known to have read only the end of the prompt.
    public var isPromptCut = false
    /// The number of requests that were made: more than one if a model refused a field, or a server refused to stream.
    public var requests = 1

    /// When an answer's text came, counted from the moment the provider was asked.
    public struct Timing: Sendable, Equatable {
        /// The time to the first text.
        public var firstToken: Duration
        /// The time to the end.
        public var total: Duration
        /// Tokens a second while the model wrote; nil if the provider does not count them.
        public var tokensPerSecond: Double?

        /// Creates a timing.
        public init(firstToken: Duration, total: Duration, tokensPerSecond: Double? = nil) {
            self.firstToken = firstToken
            self.total = total
            self.tokensPerSecond = tokensPerSecond
        }
    }

    /// Creates an answer.
    public init(_ content: String, model: String, finishReason: FinishReason = .stop, usage: TokenUsage? = nil) {
        self.content = content
        self.model = model
        self.finishReason = finishReason
        self.usage = usage
    }
}

/// Why an answer ended, in OpenAI's words. Open: a provider may have others.
public struct FinishReason: RawRepresentable, Sendable, Hashable {
    /// The word on the wire.
    public let rawValue: String

    /// Creates a reason by its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The model was finished, or came to a stop text.
    public static let stop = FinishReason(rawValue: "stop")
    /// The answer reached its largest number of tokens.
    public static let length = FinishReason(rawValue: "length")
    /// The provider withheld the rest.
    public static let contentFilter = FinishReason(rawValue: "content_filter")
    /// The model wants a tool called.
    public static let toolCalls = FinishReason(rawValue: "tool_calls")
}

/// Tokens, as the provider counts them.
public struct TokenUsage: Sendable, Equatable {
    /// Tokens of the prompt.
    public var promptTokens: Int
    /// Tokens of the answer, reasoning included.
    public var completionTokens: Int
    /// What it cost, in the provider's own currency (OpenRouter's credits); nil where it does not say.
    public var cost: Double?

    /// Creates a count.
    public init(promptTokens: Int, completionTokens: Int, cost: Double? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cost = cost
    }

    /// Both counts in one.
    package static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
        let cost = left.cost.map { $0 + (right.cost ?? 0) } ?? right.cost
        // The provider's numbers are what it says.
        let sum = { (one: Int, other: Int) in min(one, 1 << 40) + min(other, 1 << 40) }
        return TokenUsage(
            promptTokens: sum(left.promptTokens, right.promptTokens),
            completionTokens: sum(left.completionTokens, right.completionTokens), cost: cost)
    }

    /// The tokens of prompt and answer together.
    public var totalTokens: Int { promptTokens + completionTokens }
}
