import Conversations
import ServiceRuntime
import Synchronization

/// Which turns of a conversation are to be summarised.
struct SummaryPlan {
    /// Oldest first; not empty.
    let turns: [Turn]

    /// Nil where it is too early.
    init?(_ conversation: Conversation, _ settings: ServiceSettings) {
        guard Self.isDue(conversation, adding: 0, settings) else { return nil }
        turns = Array(conversation.unsummarized.dropLast(Self.recent(settings)))
    }

    /// Whether it is time, when so many turns more are in it.
    ///
    /// It is when there are too many turns for `summarize_after`; and when what waits for it is so long that it may soon
    /// leave to make room.
    ///
    /// - Parameter more: 0 or 1.
    static func isDue(_ conversation: Conversation, adding more: Int, _ settings: ServiceSettings) -> Bool {
        let after = settings.context.summarizeAfter
        guard after > 0 else { return false }
        let recent = recent(settings)
        let count = conversation.unsummarizedCount + more
        guard count > recent else { return false }
        // Some at a time: not a summary for each turn. But before they leave.
        let bounds = settings.conversationBounds
        if count > min(max(after, recent + after / 2), bounds.turns - 1) { return true }
        guard conversation.unsummarizedBytes > bounds.bytes / 2 else { return false }
        let shown = conversation.turns.suffix(recent - more).reduce(0) { $0 + $1.textBytes }
        return conversation.unsummarizedBytes - shown > bounds.bytes / 2
    }

    /// The turns that the next prompt may show. One at least: the last may yet be answered anew.
    private static func recent(_ settings: ServiceSettings) -> Int { max(1, (settings.maxContextMessages - 1) / 2) }
}

/// Turns that are summarised in one go: as many as a model can be shown at a time.
struct SummaryPart: Equatable {
    /// As they are shown.
    var lines: String
    /// How many they are.
    var turns: Int
    /// The last of them.
    var through: Turn.ID

    /// All of them, in order, in parts of at most `maxBytes` bytes; a turn that alone is longer is cut.
    static func parts(of turns: some Sequence<Turn>, maxBytes: Int) -> [SummaryPart] {
        var parts: [SummaryPart] = []
        for turn in turns {
            let lines = SummaryPrompt.lines(of: turn, maxBytes: maxBytes)
            if let last = parts.indices.last, parts[last].lines.utf8.count + lines.utf8.count < maxBytes {
                parts[last].lines += "\n" + lines
                parts[last].turns += 1
                parts[last].through = turn.id
            } else {
                parts.append(SummaryPart(lines: lines, turns: 1, through: turn.id))
            }
        }
        return parts
    }
}

/// After a summary that failed: not the next one at once, but after some turns more. Of so many channels; the one that
/// waited longest is forgotten first.
final class SummaryPauses: Sendable {
    /// The turns that go by.
    private static let length = 10
    /// The turns there had been when it failed.
    private let failures = Mutex(LRUTable<String, Int>(capacity: 1024))

    /// Whether the channel's summary is to wait.
    ///
    /// - Parameter turns: those there ever were, since the last reset.
    func holds(_ channel: String, turns: Int) -> Bool {
        guard let failed = failures.withLock({ $0.value(channel) }) else { return false }
        // Fewer there are after a reset.
        return (failed..<failed + Self.length).contains(turns)
    }

    /// The channel's summary failed.
    func begin(_ channel: String, turns: Int) {
        failures.withLock { $0.update(channel, default: turns) { $0 = turns } }
    }

    /// The channel's summary is made.
    func end(_ channel: String) { failures.withLock { _ = $0.remove(channel) } }
}
