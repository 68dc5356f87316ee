/// What a channel is in the middle of: its turns, their summary, its persona, its model.
public struct Conversation: Sendable, Equatable {
    /// Tells the conversation before a reset from the one after it: the time of the reset, in milliseconds of the
    /// calendar, or more.
    public typealias Epoch = Int64

    /// Oldest first.
    public package(set) var turns: [Turn] = []
    /// What the earlier turns were about, those among ``turns`` included that it says.
    public package(set) var summary: Summary?
    /// The persona chosen for the channel; nil for the service's default.
    public package(set) var persona: String?
    /// The model chosen for the channel, as it was given; nil for the provider's default.
    public package(set) var model: String?
    /// Grows with every reset.
    public package(set) var epoch: Epoch = 0
    /// The messages that left to make room, since the last reset.
    public package(set) var departed = 0

    /// What earlier turns were about.
    public struct Summary: Sendable, Equatable {
        /// In a model's words.
        public var text: String
        /// The last turn it covers.
        public var through: Turn.ID

        /// A summary.
        public init(text: String, through: Turn.ID) {
            self.text = text
            self.through = through
        }
    }

    /// An empty conversation.
    public init() {}

    /// The messages in it: a question and an answer each turn.
    public var messageCount: Int { turns.count * 2 }

    /// The turns that no summary covers. (Where the last one it covers has left, those that are there came later.)
    public var unsummarized: ArraySlice<Turn> {
        guard let summary, let last = turns.lastIndex(where: { $0.id == summary.through }) else { return turns[...] }
        return turns[(last + 1)...]
    }
}

/// How much of a conversation is kept.
public struct ConversationBounds: Sendable {
    /// The most turns.
    public var turns: Int
    /// The most text, in bytes; the newest turn stays however long it is.
    public var bytes: Int

    /// Bounds.
    public init(turns: Int, bytes: Int = 256 << 10) {
        self.turns = turns
        self.bytes = bytes
    }
}
