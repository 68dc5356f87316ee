public import LanguageModels

/// An answer, and how it came about.
public struct Answer: Sendable {
    /// The text; never blank, but where vectors were asked for or tools are to be called.
    public var content: String
    /// The id of the request, given or made up.
    public var requestID: String
    /// The provider that answered, by name.
    public var provider: String
    /// The model that answered, as the provider names it.
    public var model: String
    /// The persona it spoke as; nil where a system prompt of the request's own, or none, was in its place.
    public var persona: String?
    /// Why it ended.
    public var finishReason: FinishReason
    /// The tokens spent, where the provider says.
    public var usage: TokenUsage?
    /// From the request's coming to its answer, waiting included.
    public var latency: Duration
    /// The times a provider was asked, failures and timeouts included; 0 where the answer was there already.
    public var attempts: Int
    /// From the request's coming to the first text of its answer, waiting included; nil where it was not seen.
    public var firstToken: Duration?
    /// Tokens a second while the model wrote; nil where the provider does not count them.
    public var tokensPerSecond: Double?
    /// Whether another request's answer was given: it was the same one.
    public var isCached = false
    /// The tools that the model wants called, in its order.
    public var toolCalls: [ToolCall] = []
    /// The vectors, where they were asked for.
    public var embeddings: Embeddings?
    /// What the model saw of the conversation; nil where there is none.
    public var context: Context?
    /// Characters of what was asked, where the request itself does not say it.
    var questionLength: Int?

    /// What the model saw of the conversation.
    public struct Context: Sendable {
        /// The messages in the prompt, the system prompt left out.
        public var messages: Int
        /// The conversation's messages that were left out.
        public var dropped: Int
        /// Whether the turn outlives this process.
        public var isPersisted: Bool
        /// Whether the provider is known to have read only the end of the prompt.
        public var isCut = false
    }
}
