import FoundationEssentials
import JSON
import ServiceRuntime

/// The channels that pages are open on, the pages, and some channels that pages were open on lately. A value; it says what
/// is to be told to whom.
struct RoomTable: Sendable {
    /// The most pages at once.
    static let maxBrowsers = 1024
    /// The most of one sign-in.
    static let maxBrowsersPerSession = 32
    /// The most channels that are kept when nobody looks.
    static let maxIdleRooms = 32

    /// Why a page is not let in.
    enum Refusal: Error {
        /// There are too many.
        case isFull
        /// Too many of them are of one sign-in.
        case hasShare
    }

    private struct Browser: Sendable {
        let queue: EventQueue
        /// The sign-in's number; nil where none is needed.
        let session: Int?
    }

    private struct Watched: Sendable {
        var room: Room
        var browsers: [Int: Browser] = [:]
    }

    private var rooms: [String: Watched] = [:]
    /// Those that nobody looks at.
    private var idle: LRUTable<String, Room>
    private var lastBrowser = 0
    private(set) var browserCount = 0
    private var sessions: [Int: Int] = [:]
    private let epoch: String
    private var lastRoom = 0
    private let load = BrowserLoad()
    private let maxWaiting: Int

    /// - Parameters:
    ///   - epoch: tells rooms of different processes apart.
    ///   - maxWaiting: the most that waits for all pages together, in bytes.
    init(epoch: String, maxWaiting: Int = 64 << 20) {
        self.epoch = epoch
        self.maxWaiting = maxWaiting
        idle = LRUTable(capacity: Self.maxIdleRooms)
    }

    /// All pages.
    var queues: [EventQueue] { rooms.values.flatMap { $0.browsers.values.map(\.queue) } }

    /// A page opens on a channel.
    ///
    /// - Parameters:
    ///   - seen: the last event that it saw.
    ///   - session: the sign-in's number; nil where none is needed.
    ///   - status: what it is told besides.
    mutating func join(
        _ channel: String, since seen: String?, session: Int?, status: Data
    ) throws(Refusal) -> (number: Int, queue: EventQueue) {
        guard browserCount < Self.maxBrowsers else { throw .isFull }
        if let session {
            guard sessions[session, default: 0] < Self.maxBrowsersPerSession else { throw .hasShare }
            sessions[session, default: 0] += 1
        }
        browserCount += 1
        lastBrowser += 1
        var watched = rooms[channel] ?? Watched(room: idle.remove(channel) ?? newRoom())
        let beginning = ServerSentEvent.beginning + status + watched.room.snapshot(since: seen)
        let queue = EventQueue(SharedBytes(beginning, load))
        watched.browsers[lastBrowser] = Browser(queue: queue, session: session)
        rooms[channel] = watched
        relieve()
        return (lastBrowser, queue)
    }

    /// One that was forgotten and begins anew counts its events anew.
    private mutating func newRoom() -> Room {
        lastRoom += 1
        return Room(epoch: "\(epoch)-\(String(lastRoom, radix: 36))")
    }

    /// It is gone.
    mutating func leave(_ channel: String, _ number: Int) {
        guard let browser = rooms[channel]?.browsers.removeValue(forKey: number) else { return }
        browserCount -= 1
        if let session = browser.session {
            let rest = sessions[session, default: 1] - 1
            sessions[session] = rest > 0 ? rest : nil
        }
        guard let watched = rooms[channel], watched.browsers.isEmpty else { return }
        rooms[channel] = nil
        idle.update(channel, default: watched.room) { $0 = watched.room }
    }

    /// Something happened in a channel. Returns what to tell, and whom; nothing where no page is open.
    mutating func change(
        _ channel: String, _ body: (inout Room) -> Data?
    ) -> (bytes: Data, queues: [EventQueue])? {
        guard var watched = rooms[channel] else {
            // Who comes back sees it.
            if let room = idle.value(channel) { idle.update(channel, default: room) { _ = body(&$0) } }
            return nil
        }
        // Changed where it stands: nothing of it is copied.
        rooms[channel] = nil
        let bytes = body(&watched.room)
        rooms[channel] = watched
        return bytes.map { ($0, watched.browsers.values.map(\.queue)) }
    }

    /// Puts something in the way of pages.
    func put(_ bytes: Data, to queues: [EventQueue]) {
        hand(SharedBytes(bytes, load), to: queues)
        // Nobody but the queues holds the bytes now: those of a page that is cut off no longer count.
        relieve()
    }

    private func hand(_ bytes: SharedBytes, to queues: [EventQueue]) { for queue in queues { queue.put(bytes) } }

    /// Cuts off the slowest pages, until what waits for the others is bearable.
    private func relieve() {
        guard load.bytes > maxWaiting else { return }
        for (_, queue) in queues.map({ ($0.count, $0) }).sorted(by: { $0.0 > $1.0 }) {
            queue.cutOff()
            if load.bytes <= maxWaiting { return }
        }
    }

    /// Sends the pages of these sign-ins away.
    func end(_ sessions: Set<Int>) {
        for watched in rooms.values {
            for browser in watched.browsers.values where browser.session.map(sessions.contains) == true {
                browser.queue.end()
            }
        }
    }
}
