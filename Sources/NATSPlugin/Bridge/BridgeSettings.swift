/// How the service takes part in the bot's own bus.
package struct BridgeSettings: Sendable, Equatable {
    /// The bot's name in the room: its own lines are not answered.
    package var name: String
    /// Whether a line that names the bot is a question to it.
    package var mentions: Bool
    /// The channel of events that name none.
    package var channel: String
    /// The longest line the room takes, in UTF-16 units.
    package var length: Int
    /// The time between two lines.
    package var pause: Duration
    /// How long answers are waited for once nothing new is taken.
    package var grace: Duration

    /// Settings.
    package init(
        name: String = "Rosey", mentions: Bool = false, channel: String = "main", length: Int = 240,
        pause: Duration = .seconds(1), grace: Duration = .seconds(27)
    ) {
        (self.name, self.mentions, self.channel) = (name, mentions, channel)
        (self.length, self.pause, self.grace) = (length, pause, grace)
    }
}
