import ServiceRuntime

/// What was said lately, by people and by us. A value; time is handed in.
///
/// A bot may publish one line on several subjects, and what we say comes back as a line of the room, perhaps under a name
/// that we do not know the bot by: neither is to be answered.
struct BridgeMemory: Sendable {
    private static var most: Int { 256 }
    private static var sameLine: Duration { .seconds(5) }
    private static var ownLine: Duration { .seconds(120) }

    private struct Entry: Sendable {
        let text: String
        let until: ContinuousClock.Instant
    }

    private var heard = FIFO<Entry>()
    private var said = FIFO<Entry>()

    /// Whether a line is to be answered: it is not ours, and not the one that was just heard.
    mutating func isNew(_ line: RoomLine, now: ContinuousClock.Instant) -> Bool {
        Self.forget(&heard, now)
        Self.forget(&said, now)
        let plain = Self.plain(line.text)
        let key = "\(line.channel)\u{0}\(line.user ?? "")\u{0}\(line.text)"
        if said.contains(where: { $0.text == plain }) || heard.contains(where: { $0.text == key }) { return false }
        Self.add(key, to: &heard, until: now + Self.sameLine)
        return true
    }

    /// We said this.
    mutating func say(_ text: String, now: ContinuousClock.Instant) {
        Self.forget(&said, now)
        Self.add(Self.plain(text), to: &said, until: now + Self.ownLine)
    }

    private static func add(_ text: String, to entries: inout FIFO<Entry>, until: ContinuousClock.Instant) {
        if entries.count == most { entries.popFirst() }
        entries.append(Entry(text: text, until: until))
    }

    private static func forget(_ entries: inout FIFO<Entry>, _ now: ContinuousClock.Instant) {
        while let first = entries.first, first.until <= now { entries.popFirst() }
    }

    /// Rooms change white space and escape signs: what letters and digits there are has to do.
    private static func plain(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}
