/// A step of a conversation.
public enum ConversationChange: Sendable {
    /// A whole turn at the end, or in the place of the one of that id; the oldest leave where they no longer fit.
    ///
    /// Unless the conversation was reset since `epoch`: what was asked before a reset is not to come back after it.
    case add(Turn, replacing: Turn.ID?, epoch: Conversation.Epoch, bounds: ConversationBounds)
    /// Forgets turns and summary; the persona and the model stay.
    case reset(Conversation.Epoch)
    /// Chooses the persona; nil for the default.
    case choosePersona(String?)
    /// Chooses the model; nil for the default.
    case chooseModel(String?)
    /// What the turns up to the one it names were about, unless the conversation was reset since `epoch`, or there is a
    /// summary of more of them.
    case summarize(Conversation.Summary, epoch: Conversation.Epoch)
}

extension Conversation: Document {
    /// Makes a step. Its outcome is the number of messages forgotten by a reset, else 0.
    public mutating func apply(_ change: ConversationChange) -> Step<Int> {
        switch change {
        case .add(let turn, let replaced, let epoch, let bounds):
            // Less is the epoch of a conversation that left its store and was begun anew.
            guard self.epoch <= epoch, !turns.contains(where: { $0.id == turn.id }) else { return .unchanged(0) }
            add(turn, replacing: replaced)
            trim(bounds)
            return .changed(0)
        case .reset(let epoch):
            let count = messageCount
            turns = []
            summary = nil
            departed = 0
            self.epoch = max(self.epoch + 1, epoch)
            return .changed(count)
        case .choosePersona(let name):
            return set(\.persona, name)
        case .chooseModel(let name):
            return set(\.model, name)
        case .summarize(let summary, let epoch):
            guard self.epoch <= epoch, !isOlder(summary) else { return .unchanged(0) }
            return set(\.summary, summary)
        }
    }

    /// Its size in memory, roughly, in bytes.
    public var bytes: Int {
        turns.reduce(160 + (summary?.text.utf8.count ?? 0)) { $0 + $1.bytes }
    }

    private mutating func set<Part: Equatable>(_ part: WritableKeyPath<Conversation, Part>, _ value: Part) -> Step<Int>
    {
        guard self[keyPath: part] != value else { return .unchanged(0) }
        self[keyPath: part] = value
        return .changed(0)
    }

    /// Whether a summary covers less than the one there is: another instance was quicker.
    private func isOlder(_ new: Summary) -> Bool {
        guard let summary, let covered = turns.lastIndex(where: { $0.id == summary.through }) else { return false }
        return turns[..<covered].contains { $0.id == new.through }
    }

    private mutating func add(_ turn: Turn, replacing replaced: Turn.ID?) {
        if let replaced, let place = turns.lastIndex(where: { $0.id == replaced }) {
            turns[place] = turn
        } else {
            turns.append(turn)
        }
    }

    private mutating func trim(_ bounds: ConversationBounds) {
        var surplus = max(0, turns.count - max(1, bounds.turns))
        var bytes = turns.dropFirst(surplus).reduce(0) { $0 + $1.textBytes }
        while bytes > bounds.bytes, surplus < turns.count - 1 {
            bytes -= turns[surplus].textBytes
            surplus += 1
        }
        turns.removeFirst(surplus)
        departed += surplus * 2
    }
}
