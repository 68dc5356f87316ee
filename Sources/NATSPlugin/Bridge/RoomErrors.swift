import ServiceRuntime

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
