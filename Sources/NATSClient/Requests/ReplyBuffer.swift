internal import Concurrency

/// The replies to one request that nobody has taken yet: a pure state machine.
///
/// Bounded: one reply more than `limit` ends it with ``NATSError/Code/slowConsumer``, since waiting would hold up the
/// replies to every other request.
struct ReplyBuffer<Waiter> {
    /// What the consumer gets.
    enum Poll {
        case message(NATSMessage)
        case wait(turn: UInt)
        case end
        case failed(NATSError)
    }

    private let limit: Int
    private var messages: [NATSMessage] = []
    private var head = 0
    private var ending: NATSError??
    private var slot = WaitSlot<Waiter>()

    init(limit: Int) { self.limit = limit }

    /// A reply arrived; returns the consumer to wake.
    mutating func received(_ message: NATSMessage) -> Waiter? {
        if ending != nil { return nil }
        if message.isTerminator { return finish(nil) }
        if message.isNoResponders { return finish(.nobodyListens) }
        if messages.count - head >= limit {
            return finish(NATSError(.slowConsumer, "more than \(limit) replies wait unread"))
        }
        messages.append(message)
        return slot.take()
    }

    /// Nothing more comes: for the given reason, or because it is complete. Returns the consumer to wake.
    mutating func finish(_ error: NATSError?) -> Waiter? {
        if ending == nil { ending = .some(error) }
        return slot.take()
    }

    /// What the consumer gets now.
    mutating func poll() -> Poll {
        if head < messages.count {
            let message = messages[head]
            head += 1
            if head == messages.count {
                messages.removeAll(keepingCapacity: true)
                head = 0
            }
            return .message(message)
        }
        switch ending {
        case .none: return .wait(turn: slot.begin())
        case .some(.none): return .end
        case .some(.some(let error)):
            // Told once.
            ending = .some(nil)
            return .failed(error)
        }
    }

    /// Stores the consumer's continuation; returns it if it has to be resumed at once.
    mutating func store(_ waiter: Waiter, turn: UInt) -> Waiter? {
        guard head == messages.count, ending == nil else { return waiter }
        return slot.store(waiter, turn: turn)
    }

    /// The consumer's task is cancelled.
    mutating func cancel(turn: UInt) -> Waiter? { slot.cancel(turn: turn) }
}
