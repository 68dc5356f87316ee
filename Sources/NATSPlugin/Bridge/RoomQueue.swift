import Concurrency
import ServiceRuntime

/// What waits to be said in the rooms, each channel's for itself; the channels take turns. A value.
///
/// Bounds: so many lines in all, and so many of one channel; a quarter of both is kept for answers of models.
struct RoomQueue: Sendable {
    /// What a line is part of.
    enum Kind {
        /// A model's answer.
        case answer
        /// What answers a command: it waits for no model's answer.
        case notice
        /// An error in an answer's place.
        case failure
    }

    /// The most lines in all.
    static var most: Int { 200 }
    /// The most lines of one channel.
    static var mostOfChannel: Int { 100 }

    private struct Channel: Sendable {
        var notices = FIFO<RoomEvent>()
        var others = FIFO<RoomEvent>()

        var count: Int { notices.count + others.count }
        mutating func popFirst() -> RoomEvent? { notices.popFirst() ?? others.popFirst() }
    }

    /// None is empty.
    private var channels: [String: Channel] = [:]
    private var turns = FIFO<String>()
    /// How many lines wait.
    private(set) var count = 0

    /// Takes a line in. Returns whether there was room for it.
    mutating func add(_ event: RoomEvent, _ kind: Kind) -> Bool {
        let name = event.line.channel
        var channel = channels[name] ?? Channel()
        let rest = kind == .answer ? 0 : 1
        guard count < Self.most - rest * Self.most / 4,
            channel.count < Self.mostOfChannel - rest * Self.mostOfChannel / 4
        else { return false }
        if channel.count == 0 { turns.append(name) }
        if kind == .notice { channel.notices.append(event) } else { channel.others.append(event) }
        channels[name] = channel
        count += 1
        return true
    }

    /// The line that is said next.
    mutating func popFirst() -> RoomEvent? {
        guard let name = turns.popFirst(), let event = channels[name]?.popFirst() else { return nil }
        count -= 1
        if channels[name]?.count == 0 { channels[name] = nil } else { turns.append(name) }
        return event
    }

    /// Forgets what a channel still waits to say.
    ///
    /// - Parameter user: of what, only the answers to them; nil: everything.
    mutating func drop(_ name: String, of user: String? = nil) {
        guard var channel = channels[name] else { return }
        count -= channel.count
        let isDropped = { (event: RoomEvent) in user == nil || event.line.user == user }
        channel.notices.removeAll(where: isDropped)
        channel.others.removeAll(where: isDropped)
        count += channel.count
        channels[name] = channel.count == 0 ? nil : channel
        if channel.count == 0 { turns.removeAll { $0 == name } }
    }
}

/// The errors that were said lately: a room in which everything fails is to hear of it, not to be flooded. A value; time
/// is handed in.
struct RoomErrors: Sendable {
    private static var most: Int { 256 }
    private static var pause: Duration { .seconds(30) }

    private var said = FIFO<(channel: String, code: String, until: ContinuousClock.Instant)>()

    /// Whether an error is to be said: none with its code was in this channel for a while.
    mutating func admit(_ code: String, in channel: String, now: ContinuousClock.Instant) -> Bool {
        while let first = said.first, first.until <= now || said.count >= Self.most { said.popFirst() }
        if said.contains(where: { $0.channel == channel && $0.code == code }) { return false }
        said.append((channel, code, now + Self.pause))
        return true
    }
}
