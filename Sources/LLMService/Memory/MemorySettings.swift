import Conversations
package import Settings

/// How many facts channels remember, and how many of them a model is shown: the section `memory`.
public struct MemorySettings: Sendable, Equatable {
    /// Whether channels remember anything.
    public var isEnabled = true
    /// The largest number of facts of a channel, up to ``Conversations/MemoryBook/maxMemories``.
    public var maxPerChannel = MemoryBook.maxMemories
    /// The largest number of facts in a prompt; 0 for none.
    public var maxInPrompt = 5
    /// The embedding model that compares facts and questions, `provider/model` or `model`; nil: by words alone.
    public var embeddingModel: String?
    /// How long a prompt or a search waits for the embedding model; after that, words alone decide.
    public var embeddingTimeout: Duration = .milliseconds(500)
    /// Whether a model proposes facts to remember after each turn.
    public var extracts = false
    /// The model that proposes them, `provider/model` or `model`; nil for the one that answered.
    public var extractModel: String?

    /// Creates settings with the defaults.
    public init() {}
}

extension MemorySettings: Configurable {
    package mutating func read(_ section: inout Section) {
        section.flag("enabled", &isEnabled)
        section.integer("max_per_channel", &maxPerChannel, in: 1...MemoryBook.maxMemories)
        section.integer("in_prompt", &maxInPrompt, in: 0...20)
        section.string("embedding_model", &embeddingModel)
        section.flag("extract", &extracts)
        section.string("extract_model", &extractModel)
    }
}
