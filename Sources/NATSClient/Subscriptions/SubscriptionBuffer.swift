internal import Concurrency

/// What lies between the event loop and the one consumer of a subscription: a pure state machine.
///
/// Bounded: beyond so many messages or bytes what comes is dropped and counted, since the loop does not wait.
struct SubscriptionBuffer<Waiter> {
    /// What the loop does next.
    enum Append {
        /// Nothing: the consumer is busy and will come back.
        case stored
        /// Resume the consumer; it then takes.
        case wake(Waiter)
        /// It was dropped; `isFirst`: for the first time since the consumer took.
        case dropped(isFirst: Bool)
        /// Nothing: the message is no longer wanted.
        case discarded
    }

    /// What the consumer has got.
    enum Take {
        /// All that was there.
        case messages
        /// Nothing yet: wait, under this number.
        case wait(turn: UInt)
        /// Nothing more, ever.
        case end
    }

    private let messageLimit: Int
    private let byteLimit: Int
    private var isFinished = false
    private var messages: [NATSMessage] = []
    private var bytes = 0
    private var isDropping = false
    private var slot = WaitSlot<Waiter>()

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
        if isFinished { return .discarded }
        let size = message.payload.count
        guard messages.count < messageLimit, messages.isEmpty || bytes + size <= byteLimit else {
            dropped += 1
            defer { isDropping = true }
            return .dropped(isFirst: !isDropping)
        }
        messages.append(message)
        bytes += size
        return slot.take().map(Append.wake) ?? .stored
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
        return .wait(turn: slot.begin())
    }

    /// The consumer's continuation, after ``take(into:)`` said to wait.
    /// - Returns: the continuation if it has to be resumed at once, because something came in between.
    mutating func store(_ waiter: Waiter, turn: UInt) -> Waiter? {
        guard messages.isEmpty, !isFinished else { return waiter }
        return slot.store(waiter, turn: turn)
    }

    /// The consumer's task is cancelled; the continuation may not be stored yet.
    mutating func cancel(turn: UInt) -> Waiter? { slot.cancel(turn: turn) }

    /// Nothing more comes; what is here can still be taken. Returns the consumer to resume.
    mutating func finish() -> Waiter? {
        isFinished = true
        return slot.take()
    }
}
