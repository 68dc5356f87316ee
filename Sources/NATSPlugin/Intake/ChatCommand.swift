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
    /// Something is to be done with the channel's memory; where the text is empty, it is missing.
    case memory(MemoryVerb, String)
    case message(String)

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
            case ("remember", _): .memory(.remember, text.afterFirstWord)
            case ("recall", _): .memory(.recall, text.afterFirstWord)
            case ("forget", 1...2): .memory(.forget, text.afterFirstWord)
            default: .message(text)
            }
    }

    /// What was typed after `!chat` and a word that says what is to be done with a memory; that word may be there again.
    init(_ verb: MemoryVerb, _ text: String) {
        let first = text.split(maxSplits: 1, whereSeparator: \.isWhitespace).first?.lowercased()
        self = .memory(verb, first == verb.rawValue ? text.afterFirstWord : text.trimmed)
    }

    /// One line a command.
    ///
    /// - Parameter remembers: whether there is anything to remember with.
    static func helpText(personas: [String], remembers: Bool) -> String {
        let memory = """
            !chat remember <fact> - Store a fact in memory
            !chat recall <query> - Recall memories by keyword
            !chat forget <id> - Forget a specific memory

            """
        return """
            LLM Chat Commands:
            !chat <message> - Send a message to the LLM
            !chat reset - Clear conversation context
            !chat persona [name] - Change or list personas (\(personas.joined(separator: ", ")))
            !chat model [name] - Change or list models (default: back to the usual one)
            !chat retry - Answer the last message again
            !chat stop - Cancel what is being answered in this channel
            !chat usage - Show what you have asked and spent today, and what is left
            \(remembers ? memory : "")!chat help - Show this help message
            """
    }
}

extension String {
    /// What follows its first word, without white space at its ends.
    fileprivate var afterFirstWord: String {
        String(trimmed.drop { !$0.isWhitespace }).trimmed
    }
}
