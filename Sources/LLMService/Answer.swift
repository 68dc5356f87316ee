public import LanguageModels

/// The answer to a request, with who gave it and how long it took.
public struct Answer: Sendable {
    /// The text. It is empty only where vectors were asked for, or where the model wants tools called.
    public var content: String
    /// The id of the request: the caller's, or one that was generated.
    public var requestID: String
    /// The provider that answered, by name.
    public var provider: String
    /// The model that answered, as the provider names it.
    public var model: String
    /// The name of the persona; nil if the request had a system prompt of its own, or none.
    public var persona: String?
    /// Why the model stopped.
    public var finishReason: FinishReason
    /// The number of tokens used; nil if the provider does not say.
    public var usage: TokenUsage?
    /// The time from the arrival of the request to its answer, waiting included.
    public var latency: Duration
    /// How often a provider was asked, failures and timeouts included; 0 if the answer came from the cache.
    public var attempts: Int
    /// The time from the arrival of the request to the first text of its answer; nil if it was not measured.
    public var firstToken: Duration?
    /// Tokens a second while the model wrote; nil where the provider does not count them.
    public var tokensPerSecond: Double?
    /// Whether this is the answer to an earlier, equal request.
    public var isCached = false
    /// The tools that the model wants called, in the order in which it named them.
    public var toolCalls: [ToolCall] = []
    /// What the provider needs back with the answer, where tools were offered; nil for nothing.
    public var providerFields: ProviderFields?
    /// The vectors, where they were asked for.
    public var embeddings: Embeddings?
    /// How much of the conversation the model saw; nil outside a conversation.
    public var context: Context?
    /// Characters of what was asked, where the request itself does not say it.
    var questionLength: Int?

    /// How much of a conversation the model saw.
    public struct Context: Sendable {
        /// The number of messages in the prompt, without the system prompt.
        public var messages: Int
        /// The number of the conversation's messages that were left out.
        public var dropped: Int
        /// Whether the turn is stored, so that it outlives this process.
        public var isPersisted: Bool
        /// Whether the provider is known to have read only the end of the prompt.
        public var isCut = false
    }
}
