/// What a channel is in the middle of: its turns, its persona, its model.
public struct Conversation: Sendable, Equatable {
    /// Tells the conversation before a reset from the one after it.
    public typealias Epoch = UInt64

    /// Oldest first.
    public private(set) var turns: [Turn] = []
    /// The persona chosen for the channel; nil for the service's default.
    public var persona: String?
    /// The model chosen for the channel, as it was given; nil for the provider's default.
    public var model: String?
    /// Grows with every reset.
    public private(set) var epoch: Epoch
    /// The messages that left to make room, since the last reset.
    public private(set) var departed = 0

    /// An empty conversation. `epoch` is that of a conversation that left memory while a turn of it was under way.
    public init(epoch: Epoch = 0) { self.epoch = epoch }

    /// The messages in it: a question and an answer each turn.
    public var messageCount: Int { turns.count * 2 }

    /// Adds a whole turn; the oldest leave where they no longer fit `bounds`.
    mutating func append(_ turn: Turn, bounds: ConversationBounds) {
        turns.append(turn)
        trim(bounds)
    }

    /// Puts `turn` in the place of the last one.
    mutating func replaceLast(with turn: Turn, bounds: ConversationBounds) {
        if !turns.isEmpty { turns.removeLast() }
        append(turn, bounds: bounds)
    }

    /// Forgets the turns; the persona and the model stay. Returns the number of messages forgotten.
    ///
    /// - Parameter epoch: larger than that of every conversation the store ever held.
    mutating func reset(epoch: Epoch) -> Int {
        defer {
            turns = []
            departed = 0
            self.epoch = epoch
        }
        return messageCount
    }

    private mutating func trim(_ bounds: ConversationBounds) {
        var surplus = max(0, turns.count - max(1, bounds.turns))
        var bytes = turns.dropFirst(surplus).reduce(0) { $0 + $1.bytes }
        while bytes > bounds.bytes, surplus < turns.count - 1 {
            bytes -= turns[surplus].bytes
            surplus += 1
        }
        turns.removeFirst(surplus)
        departed += surplus * 2
    }
}

/// How much of a conversation is kept in memory.
public struct ConversationBounds: Sendable {
    /// The most turns.
    public var turns: Int
    /// The most text, in bytes; the newest turn stays however long it is.
    public var bytes: Int

    /// Bounds.
    public init(turns: Int, bytes: Int = 512 << 10) {
        self.turns = turns
        self.bytes = bytes
    }
}
