package import Settings

/// How the service takes part in the bot's own bus: the section `bridge`.
package struct BridgeSettings: Configurable {
    /// Whether it does.
    package var isEnabled = false
    /// The bot's name in the room, one word: its own lines are not answered.
    package var name = "Rosey"
    /// Whether a line that names the bot is a question to it.
    package var mentions = false
    /// The channel of events that name none.
    package var channel = "main"
    /// The longest line the room takes, in UTF-16 units.
    package var length = 240
    /// The time between two lines.
    package var pause: Duration = .seconds(1)
    /// How long answers are waited for once nothing new is taken; a second more than what runs has to finish.
    package var grace: Duration = .seconds(26)

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        section.flag("enabled", &isEnabled)
        section.string("name", &name, expected: "letters, digits, - and _, at most 64") { word in
            word.utf8.count <= 64 && word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        }
        section.flag("mentions", &mentions)
        section.string("channel", &channel, expected: "a name of at most 256 bytes") { text in
            text.utf8.count <= 256 && !text.allSatisfy(\.isWhitespace)
        }
        section.integer("max_message_length", &length, in: 20...10_000)
    }
}
