internal import Concurrency

/// What waits to be sent on a connection: a pure state machine.
///
/// While a server is connected and reads, nothing waits here: messages go into the library's buffer at once, and the loop
/// writes that at the end of its turn. While none is connected, or more than ``libraryLimit`` lies in the library's buffer,
/// they wait here, in order, up to `limit` bytes; beyond that they are refused.
struct Outbox<Link> {
    /// What becomes of a message.
    enum Admission {
        /// Give it to the library.
        case send(Link)
        /// Put it into the queue; the link's loop is to be told if there is one.
        case queue(tell: Link?)
        /// Refuse it.
        case full
    }

    /// What waits.
    enum Item {
        case message(OutgoingMessage)
        /// Not before it is through the server is to learn of what comes next.
        case work(@Sendable () -> Void)
    }

    private enum State {
        case down
        /// `direct`: everybody may give messages to the library, otherwise its loop alone.
        case up(Link, direct: Bool)
    }

    /// Bytes in the library's buffer from which on messages wait here.
    static var libraryLimit: Int { 256 << 10 }

    private let limit: Int
    private var state = State.down
    private var items = FIFO<Item>()
    private var queuedBytes = 0
    private(set) var libraryBytes = 0

    /// - Parameter limit: bytes that may wait here.
    init(limit: Int) { self.limit = limit }

    /// The connection to the server, while there is one.
    var link: Link? { if case .up(let link, _) = state { link } else { nil } }

    /// The connection, if everybody may use it now.
    var directLink: Link? { if case .up(let link, direct: true) = state { link } else { nil } }

    var isEmpty: Bool { items.isEmpty }

    /// A message of that size is to be sent. After ``Admission/queue(tell:)`` it is to be added.
    mutating func admit(_ bytes: Int) -> Admission {
        if items.isEmpty, libraryBytes < Self.libraryLimit, case .up(let link, direct: true) = state {
            libraryBytes += bytes
            return .send(link)
        }
        guard queuedBytes + bytes <= limit else { return .full }
        // Where it is not the first, the loop has been told, or will look when it has written.
        guard items.isEmpty, case .up(let link, direct: false) = state else { return .queue(tell: nil) }
        return .queue(tell: link)
    }

    /// Adds a message that is to wait.
    mutating func add(_ message: OutgoingMessage) {
        queuedBytes += message.size
        items.append(.message(message))
    }

    /// Adds work that is to be done once what waits now is with the library. Returns the connection whose loop is to be told.
    mutating func add(_ work: @escaping @Sendable () -> Void) -> Link? {
        items.append(.work(work))
        return link
    }

    /// For the link's loop: what goes to the library next; nil if nothing waits or its buffer is full.
    mutating func next() -> Item? {
        guard case .up = state, libraryBytes < Self.libraryLimit, let item = items.popFirst() else { return nil }
        if case .message(let message) = item {
            queuedBytes -= message.size
            libraryBytes += message.size
        }
        return item
    }

    /// The connection turns out to be closed: this message waits for the next one, before all others.
    mutating func putBack(_ message: OutgoingMessage) {
        disconnected()
        queuedBytes += message.size
        items.putBack(.message(message))
    }

    /// For the link's loop: so many bytes are left in the library's buffer.
    mutating func written(left: Int) { libraryBytes = left }

    /// A server is connected.
    mutating func connected(_ link: Link, direct: Bool) {
        state = .up(link, direct: direct)
        libraryBytes = 0
    }

    /// The server is gone, and what was in the library's buffer with it.
    mutating func disconnected() {
        state = .down
        libraryBytes = 0
    }

    /// Nothing is sent any more. Returns the work that waited.
    mutating func close() -> [@Sendable () -> Void] {
        disconnected()
        var work: [@Sendable () -> Void] = []
        while let item = items.popFirst() { if case .work(let next) = item { work.append(next) } }
        queuedBytes = 0
        return work
    }
}

/// A message that waits to be sent.
struct OutgoingMessage {
    var subject: String
    var reply: String?
    var headers: [(name: String, value: String)]
    var payload: [UInt8]

    /// About as many bytes as it takes, here and on the wire.
    var size: Int { Self.size(subject, reply, headers, payload.count) }

    static func size(
        _ subject: String, _ reply: String?, _ headers: [(name: String, value: String)], _ payload: Int
    ) -> Int {
        let names = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        return subject.utf8.count + (reply?.utf8.count ?? 0) + names + payload + 24
    }
}
