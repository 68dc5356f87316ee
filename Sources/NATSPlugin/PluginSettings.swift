/// How the plugin is set.
package struct PluginSettings: Sendable {
    /// The longest message taken from a room or a plugin, in bytes.
    package var maxMessageBytes: Int
    /// The longest message a room takes, in UTF-16 units; nil: answers are not cut.
    package var roomLength: Int?

    /// Settings.
    package init(maxMessageBytes: Int = 256 << 10, roomLength: Int? = nil) {
        self.maxMessageBytes = maxMessageBytes
        self.roomLength = roomLength
    }
}
