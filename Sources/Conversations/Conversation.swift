public import Concurrency
public import ServiceRuntime

/// What a channel is in the middle of: its turns, their summary, its persona, its model.
public struct Conversation: Sendable, Equatable {
    /// Tells the conversation before a reset from the one after it: the time of the reset, in milliseconds of the
    /// calendar, or more.
    public typealias Epoch = Int64

    /// Oldest first.
    public private(set) var turns = FIFO<Turn>()
    /// What the earlier turns were about, those among ``turns`` included that it says.
    public private(set) var summary: Summary?
    /// The persona chosen for the channel; nil for the service's default.
    public package(set) var persona: String?
    /// The model chosen for the channel, as it was given; nil for the provider's default.
    public package(set) var model: String?
    /// Grows with every reset.
    public package(set) var epoch: Epoch = 0
    /// When it was last said that the channel is in use; see ``ConversationChange/keep(at:)``.
    public package(set) var kept = Timestamp(milliseconds: 0)
    /// The messages that left to make room, since the last reset.
    public package(set) var departed = 0
    /// The bytes of all that was said in ``turns``.
    private var textBytes = 0
    /// How many of ``turns``, from the oldest on, the summary covers, and the bytes of what was said in them.
    private var (summarizedCount, summarizedBytes) = (0, 0)

    /// What earlier turns were about.
    public struct Summary: Sendable, Equatable {
        /// In a model's words.
        public var text: String
        /// The last turn it covers.
        public var through: Turn.ID

        /// Creates a summary.
        public init(text: String, through: Turn.ID) {
            self.text = text
            self.through = through
        }
    }

    /// Creates an empty conversation.
    public init() {}

    /// The messages in it: a question and an answer each turn.
    public var messageCount: Int { turns.count * 2 }

    /// Whether anything is kept of it but the turns that are said from now on.
    public var hasRecord: Bool {
        persona != nil || model != nil || summary != nil || turns.first?.isInRecord == true
    }

    /// The turns there ever were, since the last reset.
    package var turnsSoFar: Int { turns.count + departed / 2 }

    // MARK: the summary

    /// The turns that no summary covers. (Where the last one it covers has left, those that are there came later.)
    public var unsummarized: Slice<FIFO<Turn>> { turns.dropFirst(summarizedCount) }

    /// The number of ``unsummarized`` turns.
    package var unsummarizedCount: Int { turns.count - summarizedCount }

    /// The bytes of all that was said in the ``unsummarized`` turns.
    package var unsummarizedBytes: Int { textBytes - summarizedBytes }

    private mutating func countSummarized() {
        let last = summary.flatMap { summary in turns.lastIndex { $0.id == summary.through } }
        summarizedCount = last.map { $0 + 1 } ?? 0
        summarizedBytes = turns.prefix(summarizedCount).reduce(0) { $0 + $1.textBytes }
    }

    /// Whether a summary covers less than the one there is: another instance was quicker.
    private func isOlder(_ new: Summary) -> Bool {
        turns.prefix(max(0, summarizedCount - 1)).contains { $0.id == new.through }
    }

    // MARK: the turns

    /// Replaces all turns and their summary.
    package mutating func set(_ turns: some Sequence<Turn>, _ summary: Summary?) {
        (self.turns, self.summary) = (FIFO(turns), summary)
        textBytes = self.turns.reduce(0) { $0 + $1.textBytes }
        countSummarized()
    }

    /// Lets the oldest turns leave.
    package mutating func removeOldest(_ count: Int) {
        for _ in 0..<count {
            guard let bytes = turns.popFirst()?.textBytes else { return }
            departed += 2
            textBytes -= bytes
            guard summarizedCount > 0 else { continue }
            summarizedCount -= 1
            summarizedBytes -= bytes
        }
    }

    private mutating func add(_ turn: Turn, replacing replaced: Turn.ID?) {
        guard let replaced, let place = turns.lastIndex(where: { $0.id == replaced }) else {
            textBytes += turn.textBytes
            turns.append(turn)
            return
        }
        textBytes += turn.textBytes - turns[place].textBytes
        turns[place] = turn
        if place < summarizedCount { countSummarized() }
    }

    private mutating func trim(_ bounds: ConversationBounds) {
        removeOldest(max(0, turns.count - max(1, bounds.turns)))
        while textBytes > bounds.bytes, turns.count > 1 { removeOldest(1) }
    }
}

/// How much of a conversation is kept.
public struct ConversationBounds: Sendable, Equatable {
    /// The most turns.
    public var turns: Int
    /// The most text, in bytes; the newest turn stays however long it is.
    public var bytes: Int

    /// Creates bounds.
    public init(turns: Int, bytes: Int = 256 << 10) {
        self.turns = turns
        self.bytes = bytes
    }
}

/// A step of a conversation.
public enum ConversationChange: Sendable {
    /// A whole turn at the end, or in the place of the one of that id; the oldest leave where they no longer fit. Of two
    /// turns of the same id the first one stays. `isNew` says that the id was made for this turn, so that it is looked for
    /// only where the step is made again.
    ///
    /// Unless the conversation was reset since `epoch`: what was asked before a reset is not to come back after it.
    case add(Turn, replacing: Turn.ID?, epoch: Conversation.Epoch, bounds: ConversationBounds, isNew: Bool = false)
    /// Forgets turns and summary; the persona and the model stay.
    case reset(Conversation.Epoch)
    /// Chooses the persona; nil for the default.
    case choosePersona(String?)
    /// Chooses the model; nil for the default.
    case chooseModel(String?)
    /// What the turns up to the one it names were about, unless the conversation was reset since `epoch`, or there is a
    /// summary of more of them.
    case summarize(Conversation.Summary, epoch: Conversation.Epoch)
    /// The channel is in use: its persona, its model and its summary are to be kept on, though nothing of them changed.
    case keep(at: Timestamp)
}

extension Conversation: Document {
    /// Makes a step. Its outcome is the number of messages forgotten by a reset, else 0.
    public mutating func apply(_ change: ConversationChange) -> Step<Int> {
        switch change {
        case .add(let turn, let replaced, let epoch, let bounds, let isNew):
            // Less is the epoch of a conversation that left its store and was begun anew.
            guard self.epoch <= epoch, isNew || !turns.contains(where: { $0.id == turn.id }) else {
                return .unchanged(0)
            }
            add(turn, replacing: replaced)
            trim(bounds)
            return .changed(0)
        case .reset(let epoch):
            let count = messageCount
            set([], nil)
            departed = 0
            self.epoch = max(self.epoch + 1, epoch)
            return .changed(count)
        case .choosePersona(let name): return set(\.persona, name)
        case .chooseModel(let name): return set(\.model, name)
        case .summarize(let summary, let epoch):
            guard self.epoch <= epoch, !isOlder(summary), self.summary != summary else { return .unchanged(0) }
            self.summary = summary
            countSummarized()
            return .changed(0)
        case .keep(let time):
            guard kept < time else { return .unchanged(0) }
            kept = time
            return .changed(0)
        }
    }

    /// Makes a step that may have been made before.
    public mutating func reapply(_ change: ConversationChange) -> Step<Int> {
        guard case .add(let turn, let replaced, let epoch, let bounds, true) = change else { return apply(change) }
        return apply(.add(turn, replacing: replaced, epoch: epoch, bounds: bounds))
    }

    /// Its size in memory, roughly, in bytes.
    public var bytes: Int { 160 + (summary?.text.utf8.count ?? 0) + turns.count * 300 + textBytes }

    private mutating func set(_ part: WritableKeyPath<Conversation, String?>, _ value: String?) -> Step<Int> {
        guard self[keyPath: part] != value else { return .unchanged(0) }
        self[keyPath: part] = value
        return .changed(0)
    }
}
