public import LanguageModels

/// An answer, and how it came about.
public struct Answer: Sendable {
    /// The text; never blank.
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
    /// The times a provider was asked.
    public var attempts: Int
    /// What the model saw of the conversation; nil where there is none.
    public var context: Context?

    /// What the model saw of the conversation.
    public struct Context: Sendable {
        /// The messages in the prompt, the system prompt left out.
        public var messages: Int
        /// The conversation's messages that were left out.
        public var dropped: Int
        /// Whether the turn outlives this process.
        public var isPersisted: Bool
    }
}
