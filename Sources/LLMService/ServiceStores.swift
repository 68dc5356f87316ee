public import Conversations

/// Where a service keeps what it knows. In memory, unless given.
public struct ServiceStores: Sendable {
    /// The conversations, by channel.
    public var conversations: any DocumentStore<Conversation>

    /// Stores; each in memory unless given.
    ///
    /// - Parameters:
    ///   - capacity: the most channels held of those in memory.
    ///   - conversations: the conversations, by channel.
    public init(capacity: Int = 10_000, conversations: (any DocumentStore<Conversation>)? = nil) {
        self.conversations = conversations ?? MemoryDocuments(capacity: capacity)
    }
}
