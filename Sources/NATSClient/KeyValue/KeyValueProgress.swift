internal import FoundationEssentials

/// A value of a key, or its deletion.
struct KeyValueChange: Equatable {
    let key: String
    /// Nil where it has been deleted.
    let value: [UInt8]?
    let revision: UInt64
}

/// How far one consumer of the server has got with telling what a bucket holds: a pure state machine.
///
/// The server numbers what it sends, and says between messages how far it has got; so a gap is seen.
struct KeyValueProgress {
    /// What to do with a message.
    enum Step: Equatable {
        case tell(KeyValueChange)
        /// The server says that it is there.
        case nothing
        /// Let the server go on, by an empty message on that subject.
        case answer(String)
        /// Something is missing, or the server has given the consumer up: begin anew.
        case lost
    }

    private let names: KeyValueNames
    private let initial: UInt64
    private var received: UInt64 = 0
    /// Whether all has been told that was there at the beginning.
    private(set) var isCurrent: Bool

    /// - Parameter initial: how many messages the server had at the beginning.
    init(_ names: KeyValueNames, initial: UInt64) {
        self.names = names
        self.initial = initial
        isCurrent = initial == 0
    }

    /// A message of the consumer arrived.
    mutating func receive(_ message: NATSMessage) -> Step {
        guard let reply = message.reply, reply.hasPrefix("$JS.ACK.") else { return receiveStatus(message) }
        guard let (revision, number, pending) = Self.parse(reply), number == received + 1 else { return .lost }
        received = number
        // Not by `pending` alone: where somebody always writes it may never be zero.
        if pending == 0 || received > initial { isCurrent = true }
        guard let key = names.key(message.subject) else { return .nothing }
        let isMarker = KeyValueMarker.isMarker(message.headers[KeyValueMarker.header] ?? "")
        return .tell(KeyValueChange(key: key, value: isMarker ? nil : Array(message.payload), revision: revision))
    }

    /// A heartbeat, a question whether we keep up (flow control), or the consumer's end.
    private func receiveStatus(_ message: NATSMessage) -> Step {
        guard message.headers["Status"] == "100" else { return .lost }
        if let last = message.headers["Nats-Last-Consumer"].flatMap({ UInt64($0) }), last > received { return .lost }
        let question = message.reply ?? message.headers["Nats-Consumer-Stalled"] ?? ""
        return question.isEmpty ? .nothing : .answer(question)
    }

    /// The numbers in a reply subject of JetStream's.
    static func parse(_ reply: String) -> (revision: UInt64, number: UInt64, pending: UInt64)? {
        JetStreamDelivery(reply).map { ($0.sequence, $0.number, $0.pending) }
    }
}
