import FoundationEssentials
import JSON
import ServiceRuntime

/// The channels that pages are open on, the pages, and some channels that pages were open on lately. A value; it says what
/// is to be told to whom.
struct RoomTable: Sendable {
    /// The most pages at once.
    static let maxBrowsers = 256
    /// The most channels that are kept when nobody looks.
    static let maxIdleRooms = 32

    private struct Watched: Sendable {
        var room: Room
        var browsers: [Int: EventQueue] = [:]
    }

    private var rooms: [String: Watched] = [:]
    /// Those that nobody looks at.
    private var idle: LRUTable<String, Room>
    private var lastBrowser = 0
    private(set) var browserCount = 0
    private let epoch: String

    init(epoch: String) {
        self.epoch = epoch
        idle = LRUTable(capacity: Self.maxIdleRooms)
    }

    /// All pages.
    var queues: [EventQueue] { rooms.values.flatMap { $0.browsers.values } }

    /// A page opens on a channel. Nil: there are too many.
    ///
    /// - Parameters:
    ///   - seen: the last event that it saw.
    ///   - status: what it is told besides.
    mutating func join(_ channel: String, since seen: String?, status: Data) -> (number: Int, queue: EventQueue)? {
        guard browserCount < Self.maxBrowsers else { return nil }
        browserCount += 1
        lastBrowser += 1
        var watched = rooms[channel] ?? Watched(room: idle.remove(channel) ?? Room(epoch: epoch))
        let queue = EventQueue(ServerSentEvent.beginning + status + watched.room.snapshot(since: seen))
        watched.browsers[lastBrowser] = queue
        rooms[channel] = watched
        return (lastBrowser, queue)
    }

    /// It is gone.
    mutating func leave(_ channel: String, _ number: Int) {
        guard rooms[channel]?.browsers.removeValue(forKey: number) != nil else { return }
        browserCount -= 1
        guard let watched = rooms[channel], watched.browsers.isEmpty else { return }
        rooms[channel] = nil
        idle.update(channel, default: watched.room) { $0 = watched.room }
    }

    /// Something happened in a channel. Returns what to tell, and whom; nothing where no page is open.
    mutating func change(
        _ channel: String, _ body: (inout Room) -> Data?
    ) -> (bytes: Data, queues: [EventQueue])? {
        guard rooms[channel] != nil else {
            // Who comes back sees it.
            if idle.value(channel) != nil { idle.update(channel, default: Room(epoch: epoch)) { _ = body(&$0) } }
            return nil
        }
        guard let bytes = body(&rooms[channel, default: Watched(room: Room(epoch: epoch))].room) else { return nil }
        return (bytes, rooms[channel].map { Array($0.browsers.values) } ?? [])
    }
}
