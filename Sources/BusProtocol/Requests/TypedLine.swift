/// What somebody typed into a page or a terminal: `!chat …` and `/persona concise` are commands of the room, anything else is
/// said to the model, whatever its words are.
package enum TypedLine: Equatable, Sendable {
    case turn(String)
    /// Without `!chat` or the slash.
    case command(String)

    /// The words that commands begin with.
    package static let commands = [
        "help", "reset", "persona", "model", "stop", "retry", "usage", "remember", "recall", "forget",
    ]

    /// Reads a line.
    package init(_ text: String) {
        let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let first = words.first?.lowercased() ?? ""
        if first == "!chat" {
            self = .command(words.count > 1 ? String(words[1].drop { $0.isWhitespace }) : "")
        } else if first.hasPrefix("/"), Self.commands.contains(String(first.dropFirst())) {
            self = .command(String(text.drop { $0.isWhitespace }.dropFirst()))
        } else {
            self = .turn(text)
        }
    }
}
