/// What somebody typed after `!chat`. Only exact forms are commands: `help me with python` is a message.
enum ChatCommand: Equatable {
    case help
    case reset
    case personas
    case persona(String)
    case models
    case model(String)
    case stop
    case retry
    case usage
    /// Known words for what this version has not got.
    case unavailable(Feature)
    case message(String)

    /// What this version has not got.
    enum Feature: Equatable { case memory }

    /// - Parameter text: what was typed, without `!chat`.
    init(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let first = words.first?.lowercased() else {
            self = .help
            return
        }
        self =
            switch (first, words.count) {
            case ("help", 1): .help
            case ("reset", 1): .reset
            case ("persona", 1): .personas
            case ("persona", 2): .persona(String(words[1]))
            case ("model", 1): .models
            case ("model", 2): .model(String(words[1]))
            case ("stop", 1): .stop
            case ("retry", 1): .retry
            case ("usage", 1): .usage
            case ("remember", _), ("recall", _): .unavailable(.memory)
            case ("forget", 1...2): .unavailable(.memory)
            default: .message(text)
            }
    }

    /// One line a command.
    static func helpText(personas: [String]) -> String {
        """
        LLM Chat Commands:
        !chat <message> - Send a message to the LLM
        !chat reset - Clear conversation context
        !chat persona [name] - Change or list personas (\(personas.joined(separator: ", ")))
        !chat model [name] - Change or list models (default: back to the usual one)
        !chat retry - Answer the last message again
        !chat stop - Cancel what is being answered in this channel
        !chat usage - Show what you have asked and spent today, and what is left
        !chat help - Show this help message
        """
    }
}
