public import Conversations

/// What is remembered of channels, and what of it models are told.
public struct MemorySettings: Sendable {
    /// Whether anything is.
    public var isEnabled: Bool
    /// The most memories of a channel, up to ``MemoryBook/maxMemories``.
    public var maxPerChannel: Int
    /// The most in a prompt; 0 for none.
    public var maxInPrompt: Int
    /// `provider/model` or `model`, which places memories and questions; nil: words alone decide what is relevant.
    public var embeddingModel: String?
    /// How long a prompt or a search waits for its place; then words alone decide.
    public var embeddingTimeout: Duration = .milliseconds(500)
    /// Whether a model proposes what to remember after each turn.
    public var extracts: Bool
    /// Which one does, `provider/model` or `model`; nil for the one that answered.
    public var extractModel: String?

    /// Settings; each has the service's default.
    public init(
        isEnabled: Bool = true, maxPerChannel: Int = MemoryBook.maxMemories, maxInPrompt: Int = 5,
        embeddingModel: String? = nil, extracts: Bool = false, extractModel: String? = nil
    ) {
        self.isEnabled = isEnabled
        self.maxPerChannel = maxPerChannel
        self.maxInPrompt = maxInPrompt
        self.embeddingModel = embeddingModel
        self.extracts = extracts
        self.extractModel = extractModel
    }
}
