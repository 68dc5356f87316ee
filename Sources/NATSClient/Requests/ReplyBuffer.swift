internal import Concurrency

/// The replies to one request that nobody has taken yet: a pure state machine.
///
/// Bounded: one reply more than `limit` ends it with ``NATSError/Code/slowConsumer``, since waiting would hold up the
/// replies to every other request.
struct ReplyBuffer {
    /// What the consumer gets.
    enum Poll {
        case message(NATSMessage)
        /// Nothing yet: it is to wait, and to look again.
        case wait(WaitSlot<Void>)
        case end
        case failed(NATSError)
    }

    private let limit: Int
    private var messages = FIFO<NATSMessage>()
    private var ending: NATSError??
    private var waiter: WaitSlot<Void>?

    init(limit: Int) { self.limit = limit }

    /// A reply arrived; returns the consumer to wake.
    mutating func received(_ message: NATSMessage) -> WaitSlot<Void>? {
        if ending != nil { return nil }
        if message.isTerminator { return finish(nil) }
        if message.isNoResponders { return finish(.nobodyListens) }
        if messages.count >= limit {
            return finish(NATSError(.slowConsumer, "more than \(limit) replies wait unread"))
        }
        messages.append(message)
        return waiter.take()
    }

    /// Nothing more comes: for the given reason, or because it is complete. Returns the consumer to wake.
    mutating func finish(_ error: NATSError?) -> WaitSlot<Void>? {
        if ending == nil { ending = .some(error) }
        return waiter.take()
    }

    /// What the consumer gets now.
    mutating func poll() -> Poll {
        if let message = messages.popFirst() { return .message(message) }
        switch ending {
        case .none:
            let slot = WaitSlot<Void>()
            waiter = slot
            return .wait(slot)
        case .some(.none): return .end
        case .some(.some(let error)):
            // Told once.
            ending = .some(nil)
            return .failed(error)
        }
    }
}
