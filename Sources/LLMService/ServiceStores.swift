public import Conversations

/// Where a service keeps what it knows. In memory, unless given.
public struct ServiceStores: Sendable {
    /// The conversations, by channel.
    public var conversations: any DocumentStore<Conversation>
    /// What is remembered, by channel.
    public var memories: any DocumentStore<MemoryBook>
    /// What users, channels and plugins have asked and spent.
    public var usage: any DocumentStore<Usage>

    /// Stores; each in memory unless given.
    ///
    /// - Parameters:
    ///   - capacity: the most channels held of those in memory.
    ///   - conversations: the conversations, by channel.
    ///   - memories: what is remembered, by channel.
    ///   - usage: what users, channels and plugins have asked and spent.
    public init(
        capacity: Int = 10_000, conversations: (any DocumentStore<Conversation>)? = nil,
        memories: (any DocumentStore<MemoryBook>)? = nil, usage: (any DocumentStore<Usage>)? = nil
    ) {
        self.conversations = conversations ?? MemoryDocuments(capacity: capacity)
        self.memories = memories ?? MemoryDocuments(capacity: capacity)
        self.usage = usage ?? MemoryDocuments(capacity: max(capacity, 10_000))
    }
}
