/// How the plugin is set.
package struct PluginSettings: Sendable {
    /// The longest message taken from a room or a plugin, in bytes; and the most that texts to embed may be together.
    package var maxMessageBytes: Int
    /// The longest message a room takes, in UTF-16 units; nil: answers are not cut.
    package var roomLength: Int?
    /// Of a streamed answer's pieces, what comes within it goes out together; zero: each goes out as it comes.
    package var deltaInterval: Duration
    /// The most pictures in a request.
    package var maxImages: Int
    /// The largest picture, in bytes before base64.
    package var maxImageBytes: Int
    /// The most texts in a request for vectors.
    package var maxEmbedInputs: Int
    /// Who may give which commands in a room, and have forgotten what others had remembered.
    package var permissions: Permissions
    /// How jobs are taken; nil: not at all.
    package var jobs: JobSettings?
    /// The program's version, for those who ask how it does.
    package var version: String
    /// Tells this process from others that answer on the same bus.
    package var instance: String
    /// How agents find the service and prompt it; nil: not at all.
    package var agent: AgentSettings?
    /// How the service takes part in the bot's own bus; nil: not at all.
    package var bridge: BridgeSettings?

    /// Settings.
    package init(
        maxMessageBytes: Int = 256 << 10, roomLength: Int? = nil, deltaInterval: Duration = .milliseconds(30),
        maxImages: Int = 8, maxImageBytes: Int = 4 << 20, maxEmbedInputs: Int = 256,
        permissions: Permissions = Permissions(), version: String = "0.0.0",
        instance: String = PluginSettings.newInstance(), agent: AgentSettings? = nil, bridge: BridgeSettings? = nil
    ) {
        (self.maxMessageBytes, self.roomLength, self.deltaInterval) = (maxMessageBytes, roomLength, deltaInterval)
        (self.maxImages, self.maxImageBytes, self.maxEmbedInputs) = (maxImages, maxImageBytes, maxEmbedInputs)
        (self.permissions, self.version, self.instance) = (permissions, version, instance)
        (self.agent, self.bridge) = (agent, bridge)
    }

    /// Eight hexadecimal digits, drawn at random.
    package static func newInstance() -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
