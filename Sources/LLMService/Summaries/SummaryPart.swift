import Conversations

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
