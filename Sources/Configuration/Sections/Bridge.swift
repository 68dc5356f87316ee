import JSON

extension Configuration {
    /// `bridge`: the service takes part in the bot's own bus.
    package struct Bridge: Sendable, Equatable {
        /// `enabled`: whether it does. Default false.
        package var isEnabled = false
        /// `name`: the bot's name in the room, one word. Default `Rosey`.
        package var name = "Rosey"
        /// `mentions`: whether a line that names the bot is a question to it. Default false.
        package var mentions = false
        /// `channel`: the channel of events that name none, at most 256 bytes. Default `main`.
        package var channel = "main"
        /// `max_message_length`: characters in one line of the room, 20 to 10 000. Default 240.
        package var maxMessageLength = 240

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Bridge {
    /// Takes over what the section `bridge` says.
    mutating func read(_ section: inout Section) {
        isEnabled = section.reader.bool("enabled") ?? isEnabled
        if let word = section.string("name") {
            let isWord =
                word.utf8.count <= 64
                && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
            if isWord { name = word } else { section.fault("name", expected: "letters, digits, - and _, at most 64") }
        }
        mentions = section.reader.bool("mentions") ?? mentions
        if let text = section.string("channel") {
            let isName = text.utf8.count <= 256 && !text.allSatisfy(\.isWhitespace)
            if isName { channel = text } else { section.fault("channel", expected: "a name of at most 256 bytes") }
        }
        maxMessageLength = section.integer("max_message_length", in: 20...10_000) ?? maxMessageLength
    }
}
