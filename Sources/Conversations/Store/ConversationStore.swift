/// Where conversations are kept. Every method is one step that no other can come between.
public protocol ConversationStore: Sendable {
    /// The channel's conversation; an empty one where there is none.
    func conversation(_ channel: String) async -> Conversation

    /// Adds a turn, or puts it in the place of the last one, unless the conversation was reset since `epoch`: what was
    /// asked before a reset is not to come back after it.
    ///
    /// - Returns: whether the turn outlives this process.
    func store(_ turn: Turn, in channel: String, epoch: Conversation.Epoch, replacingLast: Bool) async -> Bool

    /// Forgets the channel's turns, and returns how many messages they were.
    func reset(_ channel: String) async -> Int

    /// Chooses the channel's persona.
    func setPersona(_ persona: String, in channel: String) async

    /// Chooses the channel's model; nil for the default.
    func setModel(_ model: String?, in channel: String) async
}
