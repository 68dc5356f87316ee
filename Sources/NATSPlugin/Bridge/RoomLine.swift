import BusProtocol
import JSON
import ServiceRuntime

/// What somebody said in a room, as the bot's bus has it: an event with a line in its `data`.
struct RoomLine: Equatable {
    /// What it asks of us.
    enum Address: Equatable {
        /// What follows `!chat`.
        case command(String)
        /// What is said to the bot by its name.
        case mention(String)
    }

    /// The subject that it came on.
    let subject: String
    /// The channel, where the event names one.
    let room: String?
    /// The channel: the event's, or that of events that name none.
    let channel: String
    let user: String?
    /// The whole line, as it came.
    let text: String
    let address: Address
    /// When it was said, where the event says so.
    let time: Timestamp?
    /// The event's, which the answer has too.
    let correlation: String?

    /// Nil where it is none of our business: no line, one of our own, or one that is not for us.
    ///
    /// - Parameters:
    ///   - object: the event.
    ///   - subject: where it came; what a router passes on may have no user.
    init?(_ object: [String: JSONValue], on subject: String, _ settings: BridgeSettings) {
        // An answer that a router passes on to the room comes by here too: it has `plugin`, or nobody has said it.
        guard object["source"]?.string != RoomEvent.source, let data = object["data"]?.object,
            data["response"] == nil, data["plugin"] == nil
        else { return nil }
        user = Self.text(data, Spelling.user, maxBytes: 256)
        guard user != nil || subject == Subjects.roomMessage, user?.lowercased() != settings.name.lowercased(),
            let line = Self.text(data, ["message", "command", "content"], maxBytes: 64 << 10),
            let address = Self.address(RoomMarkup.decoded(line).trimmed, settings)
        else { return nil }
        self.subject = subject
        text = line.trimmed
        self.address = address
        room = Self.text(data, Spelling.channelOfCalls, maxBytes: 256)
        channel = room ?? settings.channel
        time = data["time"].flatMap(Self.time)
        correlation = Self.text(object, ["correlation_id"], maxBytes: 128)
    }

    private static func text(_ fields: [String: JSONValue], _ names: [String], maxBytes: Int) -> String? {
        names.lazy.compactMap { fields[$0]?.string }.first { !$0.trimmed.isEmpty && $0.utf8.count <= maxBytes }
    }

    /// Milliseconds since 1970, or seconds. What would be before 2001 is not by the calendar.
    private static func time(_ value: JSONValue) -> Timestamp? {
        let number: Double? =
            switch value {
            case .integer(let integer): Double(integer)
            case .number(let number): number
            default: nil
            }
        guard let number, (1e9..<1e15).contains(number) else { return nil }
        return Timestamp(milliseconds: Int64(number < 1e11 ? number * 1000 : number))
    }

    private static func address(_ line: String, _ settings: BridgeSettings) -> Address? {
        let word = line.prefix { !$0.isWhitespace }
        if isCommand(line) { return .command(String(line[word.endIndex...]).trimmed) }
        guard settings.mentions, !line.hasPrefix("!") else { return nil }
        return RoomMention.words(line, settings.name).map(Address.mention)
    }

    /// Whether a line begins with `!chat`. What a room takes away before it does not count.
    static func isCommand(_ line: String) -> Bool {
        let visible = line.unicodeScalars.drop { scalar in
            scalar.properties.isWhitespace || [.control, .format].contains(scalar.properties.generalCategory)
        }
        return String(visible).prefix { !$0.isWhitespace }.lowercased() == "!chat"
    }
}

extension RoomLine {
    /// How long after it was said a line is still answered: a bot that joins a room hears its last lines once more.
    private static var patience: Duration { .seconds(60) }

    /// Whether it was said too long ago.
    func isOld(at now: Timestamp) -> Bool { time.map { now - $0 > Self.patience } ?? false }

    /// Whether it asks for a command, not for a model's answer to words.
    var isCommand: Bool { if case .command = address { true } else { false } }

    /// The kind of the command that it gives, if it gives one.
    var command: Operation.Kind? { if case .command(let words) = address { ChatCommand.kind(of: words) } else { nil } }

    /// Where it was said; nil where a router passed it on.
    var platform: Substring? {
        let tokens = subject.split(separator: ".")
        return subject == Subjects.roomMessage || tokens.count < 3 ? nil : tokens[2]
    }

    /// Whether it may have been said there.
    func isMaybe(at other: Substring?) -> Bool { platform == nil || other == nil || platform == other }
}

/// A line for the room, in the bot's event envelope.
struct RoomEvent: Equatable {
    /// Who says so.
    static let source = "llm"

    let text: String
    /// What it answers.
    let line: RoomLine

    /// The event.
    func bytes(at time: Timestamp) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("subject", Subjects.roomMessage)
            writer.field("event_type", "message")
            writer.field("source", Self.source)
            writer.object("data") { writer in
                writer.field("response", text)
                writer.field("channel", line.channel)
            }
            writer.field("correlation_id", orNull: line.correlation)
            writer.field("timestamp", Double(time.milliseconds) / 1000)
            writer.field("priority", 2)
            writer.field("metadata") { $0.object { _ in } }
        }
    }
}
