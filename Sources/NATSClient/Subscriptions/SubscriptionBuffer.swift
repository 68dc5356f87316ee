internal import Concurrency
internal import Synchronization

/// What lies between the event loop and the one consumer of a subscription: a pure state machine.
///
/// Bounded: beyond so many messages or bytes what comes is dropped and counted, since the loop does not wait.
struct SubscriptionBuffer {
    /// What the loop does next.
    enum Append {
        /// Nothing: the consumer is busy and will come back, or the message is no longer wanted.
        case stored
        /// Wake the consumer; it then takes.
        case wake(WaitSlot<Void>)
        /// It was dropped; `isFirst`: for the first time since the consumer took.
        case dropped(isFirst: Bool)
    }

    /// What the consumer has got.
    enum Take {
        /// All that was there.
        case messages
        /// Nothing yet: it is to wait, and to take again.
        case wait(WaitSlot<Void>)
        /// Nothing more, ever.
        case end
    }

    private let messageLimit: Int
    private let byteLimit: Int
    private var isFinished = false
    private var messages: [NATSMessage] = []
    private var bytes = 0
    private var isDropping = false
    private var waiter: WaitSlot<Void>?

    /// How many messages have been dropped.
    private(set) var dropped = 0

    /// - Parameters:
    ///   - messageLimit: how many messages are held.
    ///   - byteLimit: how many bytes of payload are held; a single larger message is.
    init(messageLimit: Int, byteLimit: Int) {
        self.messageLimit = messageLimit
        self.byteLimit = byteLimit
    }

    /// A message arrived.
    mutating func append(_ message: NATSMessage) -> Append {
        if isFinished { return .stored }
        let size = message.payload.count
        guard messages.count < messageLimit, messages.isEmpty || bytes + size <= byteLimit else {
            dropped += 1
            defer { isDropping = true }
            return .dropped(isFirst: !isDropping)
        }
        messages.append(message)
        bytes += size
        return waiter.take().map(Append.wake) ?? .stored
    }

    /// The consumer takes all there is, in exchange for its emptied array (whose memory is used again).
    mutating func take(into batch: inout [NATSMessage]) -> Take {
        if !messages.isEmpty {
            swap(&messages, &batch)
            bytes = 0
            isDropping = false
            return .messages
        }
        if isFinished { return .end }
        let slot = WaitSlot<Void>()
        waiter = slot
        return .wait(slot)
    }

    /// Nothing more comes; what is here can still be taken. Returns the consumer to wake.
    mutating func finish() -> WaitSlot<Void>? {
        isFinished = true
        return waiter.take()
    }
}

/// A ``SubscriptionBuffer`` between the loop and the consumer of a subscription.
final class MessageQueue: Sendable {
    private let buffer = Mutex(
        SubscriptionBuffer(messageLimit: NATSSubscription.bufferLimit, byteLimit: NATSSubscription.bufferBytes))

    /// Messages that were dropped because the consumer was too slow.
    var dropped: Int { buffer.withLock { $0.dropped } }

    /// From the loop: a message. Returns the number of dropped ones if dropping has begun with it.
    func receive(_ message: NATSMessage) -> Int? {
        switch buffer.withLock({ $0.append(message) }) {
        case .stored, .dropped(isFirst: false): return nil
        case .dropped(isFirst: true): return dropped
        case .wake(let slot):
            slot.resume()
            return nil
        }
    }

    /// Nothing more comes.
    func finish() { buffer.withLock { $0.finish() }?.resume() }

    /// Takes all that waits, in exchange for an empty array; waits if there is nothing.
    /// - Returns: false at the end, or if the task is cancelled.
    func nextBatch(_ batch: inout [NATSMessage]) async -> Bool {
        while true {
            switch buffer.withLock({ $0.take(into: &batch) }) {
            case .messages: return true
            case .end: return false
            case .wait(let slot): if await slot.wait() == nil { return false }
            }
        }
    }
}
