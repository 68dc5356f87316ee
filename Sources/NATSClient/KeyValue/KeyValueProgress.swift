internal import FoundationEssentials

/// How far one consumer of the server has got with telling a bucket's changes: a pure state machine.
///
/// The server numbers what it sends, and says between messages how far it has got; so a gap is seen.
struct KeyValueProgress {
    /// What to do with a message.
    enum Step: Equatable {
        case tell([NATSKeyValueChange])
        /// Let the server go on, by an empty message on that subject.
        case answer(String)
        /// Something is missing, or the server has given the consumer up: begin anew.
        case lost
    }

    private let names: KeyValueNames
    private let initial: UInt64
    private let skipsInitialMarkers: Bool
    private var received: UInt64 = 0
    private(set) var isCurrent: Bool

    /// - Parameters:
    ///   - initial: how many messages the server had at the beginning. If none, all is told at once.
    ///   - skipsInitialMarkers: nobody needs to know what had been deleted before the beginning.
    init(_ names: KeyValueNames, initial: UInt64, skipsInitialMarkers: Bool) {
        self.names = names
        self.initial = initial
        self.skipsInitialMarkers = skipsInitialMarkers
        isCurrent = initial == 0
    }

    /// A message of the consumer arrived.
    mutating func receive(_ message: NATSMessage) -> Step {
        guard let reply = message.reply, reply.hasPrefix("$JS.ACK.") else { return receiveStatus(message) }
        guard let (revision, number, pending) = Self.parse(reply), number == received + 1 else { return .lost }
        received = number
        var changes: [NATSKeyValueChange] = []
        let isMarker = KeyValueMarker.isMarker(message.headers[KeyValueMarker.header] ?? "")
        if let key = names.key(message.subject), !(isMarker && skipsInitialMarkers && !isCurrent) {
            changes.append(.changed(key: key, value: isMarker ? nil : Array(message.payload), revision: revision))
        }
        // Not by `pending` alone: where somebody always writes it may never be zero.
        if !isCurrent, pending == 0 || received > initial {
            isCurrent = true
            changes.append(.current)
        }
        return .tell(changes)
    }

    /// A heartbeat, a question whether we keep up (flow control), or the consumer's end.
    private func receiveStatus(_ message: NATSMessage) -> Step {
        guard message.headers["Status"] == "100" else { return .lost }
        if let last = message.headers["Nats-Last-Consumer"].flatMap({ UInt64($0) }), last > received { return .lost }
        let question = message.reply ?? message.headers["Nats-Consumer-Stalled"] ?? ""
        return question.isEmpty ? .tell([]) : .answer(question)
    }

    /// The numbers in a reply subject of JetStream's.
    static func parse(_ reply: String) -> (revision: UInt64, number: UInt64, pending: UInt64)? {
        JetStreamDelivery(reply).map { ($0.sequence, $0.number, $0.pending) }
    }
}
