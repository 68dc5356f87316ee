import Concurrency
import ServiceRuntime

/// What was said lately, by people and by us. A value; time is handed in.
///
/// A bot may publish one line on several subjects, and what we say comes back as a line of the room, perhaps under a name
/// that we do not know the bot by, and in the room's own markup: neither is to be answered.
struct BridgeMemory: Sendable {
    private static var most: Int { 256 }
    private static var sameLine: Duration { .seconds(5) }
    private static var ownLine: Duration { .seconds(120) }

    private struct Heard: Sendable {
        let line: RoomLine
        let until: ContinuousClock.Instant

        /// A person may say the same again: that comes on the same subject, at another time.
        func isSame(as other: RoomLine) -> Bool {
            guard line.text == other.text, line.user == other.user, line.channel == other.channel,
                line.isMaybe(at: other.platform)
            else { return false }
            return line.subject != other.subject || line.time != nil && line.time == other.time
        }
    }

    private struct Said: Sendable {
        let forms: Set<String>
        let isCommand: Bool
        let room: String?
        let until: ContinuousClock.Instant

        func isSame(as line: RoomLine, in forms: Set<String>) -> Bool {
            // Which platform a line goes to is the bot's affair: it need not be the one that the question came from.
            guard room == nil || line.room == nil || room == line.room else { return false }
            return (isCommand || !line.isCommand) && !self.forms.isDisjoint(with: forms)
        }
    }

    private var heard = FIFO<Heard>()
    private var said = FIFO<Said>()

    /// Whether a line is to be answered: it is not ours, and not one that was just heard. What we said is expected to come
    /// back once.
    mutating func isNew(_ line: RoomLine, now: ContinuousClock.Instant) -> Bool {
        while let first = heard.first, first.until <= now { heard.popFirst() }
        forgetSaid(now)
        if heard.contains(where: { $0.isSame(as: line) }) { return false }
        if heard.count == Self.most { heard.popFirst() }
        heard.append(Heard(line: line, until: now + Self.sameLine))
        return !takeSaid(line)
    }

    /// We said this.
    ///
    /// - Parameter room: the channel, where the bot has told us of it.
    mutating func say(_ text: String, in room: String?, now: ContinuousClock.Instant) {
        forgetSaid(now)
        if said.count == Self.most { said.popFirst() }
        let bare = RoomMarkup.bare(text)
        said.append(
            Said(
                forms: [Self.plain(text), Self.plain(bare)],
                isCommand: RoomLine.isCommand(text) || RoomLine.isCommand(bare), room: room,
                until: now + Self.ownLine))
    }

    private mutating func takeSaid(_ line: RoomLine) -> Bool {
        guard !said.isEmpty else { return false }
        // As a room leaves it alone, as a room escapes it, and as far as both can be undone.
        let forms: Set = [
            Self.plain(line.text), Self.plain(RoomMarkup.decoded(RoomMarkup.withoutTags(line.text))),
            Self.plain(RoomMarkup.bare(line.text)),
        ]
        var isTaken = false
        said.removeAll { entry in
            guard !isTaken, entry.isSame(as: line, in: forms) else { return false }
            isTaken = true
            return true
        }
        return isTaken
    }

    private mutating func forgetSaid(_ now: ContinuousClock.Instant) {
        while let first = said.first, first.until <= now { said.popFirst() }
    }

    /// Rooms change white space and signs: what letters and digits there are has to do.
    private static func plain(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}

/// The lines that were asked about and are not answered yet. A value; time is handed in.
///
/// An answer that never comes (an instance was killed) is waited for until its time is over; beyond so many lines the
/// oldest is no longer waited for.
struct BridgeQuestions: Sendable {
    private static var most: Int { 1000 }

    private var lines: [String: RoomLine] = [:]
    private var order = FIFO<(id: String, until: ContinuousClock.Instant)>()

    /// Whether nothing is waited for.
    var isEmpty: Bool { lines.isEmpty }

    /// A line is asked about.
    ///
    /// - Parameter id: the request's, as its answer will have it.
    mutating func ask(_ id: String, _ line: RoomLine, until: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        while let first = order.first, first.until <= now || order.count >= Self.most {
            order.popFirst()
            lines.removeValue(forKey: first.id)
        }
        lines[id] = line
        order.append((id, until))
    }

    /// A request is answered: the line that it was for, if that still waits.
    mutating func answer(_ id: String) -> RoomLine? { lines.removeValue(forKey: id) }
}
