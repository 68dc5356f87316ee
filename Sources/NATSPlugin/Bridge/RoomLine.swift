import JSON
import LLMService

/// What somebody said in a room, as the bot's bus has it: an event with a line in its `data`.
struct RoomLine: Equatable {
    /// What it asks of us.
    enum Address: Equatable {
        /// What follows `!chat`.
        case command(String)
        /// What is said to the bot by its name.
        case mention(String)
    }

    let channel: String
    let user: String?
    /// The whole line.
    let text: String
    let address: Address
    /// The event's, which the answer has too.
    let correlation: String?

    /// Nil where it is none of our business: no line, one of our own, or one that is not for us.
    ///
    /// - Parameters:
    ///   - object: the event.
    ///   - isOfPlatform: whether it came from a platform; what a router passes on may have no user.
    init?(_ object: [String: JSONValue], isOfPlatform: Bool, _ settings: BridgeSettings) {
        // An answer that a router passes on to the room comes by here too: it has `plugin`, or nobody has said it.
        guard object["source"]?.string != RoomEvent.source, let data = object["data"]?.object,
            data["response"] == nil, data["plugin"] == nil
        else { return nil }
        user = Self.text(data, ["username", "user"], maxBytes: 256)
        guard user != nil || !isOfPlatform, user?.lowercased() != settings.name.lowercased(),
            let line = Self.text(data, ["message", "command", "content"], maxBytes: 64 << 10),
            let address = Self.address(line.trimmed, settings)
        else { return nil }
        text = line.trimmed
        self.address = address
        channel = Self.text(data, ["channel", "channel_id"], maxBytes: 256) ?? settings.channel
        correlation = Self.text(object, ["correlation_id"], maxBytes: 128)
    }

    private static func text(_ fields: [String: JSONValue], _ names: [String], maxBytes: Int) -> String? {
        names.lazy.compactMap { fields[$0]?.string }.first { !$0.trimmed.isEmpty && $0.utf8.count <= maxBytes }
    }

    private static func address(_ line: String, _ settings: BridgeSettings) -> Address? {
        let word = line.prefix { !$0.isWhitespace }
        if word.lowercased() == "!chat" { return .command(String(line[word.endIndex...]).trimmed) }
        guard settings.mentions, !line.hasPrefix("!") else { return nil }
        return mention(line, settings.name).map(Address.mention)
    }

    /// A line that has the name as a word of its own; without the name where it begins with it.
    private static func mention(_ line: String, _ name: String) -> String? {
        let name = name.lowercased()
        let words = line.split { !isOfWord($0) }
        guard let place = words.firstIndex(where: { $0.lowercased() == name }) else { return nil }
        guard place == 0 else { return line }
        let rest = String(line[words[0].endIndex...].drop { !isOfWord($0) })
        return rest.isEmpty ? line : rest
    }

    private static func isOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }
}
