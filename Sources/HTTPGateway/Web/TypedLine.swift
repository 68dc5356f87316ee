/// What somebody typed into the page: `!chat …` and `/persona concise` are commands of the room, anything else is said to
/// the model, whatever its words are.
enum TypedLine: Equatable {
    case turn(String)
    /// Without `!chat` or the slash.
    case command(String)

    private static let commands: Set<String> = [
        "help", "reset", "persona", "model", "stop", "retry", "usage", "remember", "recall", "forget",
    ]

    init(_ text: String) {
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
