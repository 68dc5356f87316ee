public import Conversations

/// Where a service keeps conversations, memories and usage: in memory, unless other stores are given.
public struct ServiceStores: Sendable {
    /// The conversations, by channel.
    public var conversations: any DocumentStore<Conversation>
    /// The memories, by channel.
    public var memories: any DocumentStore<MemoryBook>
    /// The requests and tokens of users, channels and plugins.
    public var usage: any DocumentStore<Usage>

    /// Creates stores; each is in memory unless given.
    ///
    /// - Parameters:
    ///   - capacity: The largest number of channels that a store in memory holds.
    ///   - conversations: The conversations, by channel.
    ///   - memories: The memories, by channel.
    ///   - usage: The requests and tokens of users, channels and plugins.
    public init(
        capacity: Int = 10_000, conversations: (any DocumentStore<Conversation>)? = nil,
        memories: (any DocumentStore<MemoryBook>)? = nil, usage: (any DocumentStore<Usage>)? = nil
    ) {
        self.conversations = conversations ?? MemoryDocuments(capacity: capacity)
        self.memories = memories ?? MemoryDocuments(capacity: capacity)
        self.usage = usage ?? MemoryDocuments(capacity: max(capacity, 10_000))
    }
}
