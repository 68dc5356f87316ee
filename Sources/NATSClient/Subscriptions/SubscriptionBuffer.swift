internal import Concurrency

/// What lies between the library's delivery thread and the one consumer of a subscription: a pure state machine.
///
/// Bounded: beyond `limit` messages the producer is told to wait. Once it is draining or finished it takes without a
/// bound or not at all, so that no producer waits any more.
struct SubscriptionBuffer<Waiter> {
    /// What the producer does next.
    enum Append {
        /// Nothing: the consumer is busy and will come back.
        case stored
        /// Resume the consumer; it then takes.
        case wake(Waiter)
        /// Wait for the place that another action grants, then try again.
        case full
        /// Nothing: the message is no longer wanted.
        case discarded
    }

    /// What the consumer has got.
    enum Take {
        /// Messages, and so many producers to be let go on.
        case messages(releasedProducers: Int)
        /// Nothing yet: wait, under this number.
        case wait(turn: UInt)
        /// Nothing more, ever.
        case end
    }

    /// Who is to be set going after a change.
    struct Release {
        var waiter: Waiter?
        var producers: Int
    }

    private enum Phase { case open, draining, finished }

    private let limit: Int
    private var phase = Phase.open
    private var messages: [NATSMessage] = []
    private var blockedProducers = 0
    private var slot = WaitSlot<Waiter>()

    /// - Parameter limit: how many messages are held before the producer waits.
    init(limit: Int) { self.limit = limit }

    /// A message arrived.
    mutating func append(_ message: NATSMessage) -> Append {
        switch phase {
        case .finished: return .discarded
        case .open where messages.count >= limit:
            blockedProducers += 1
            return .full
        case .open, .draining:
            messages.append(message)
            return slot.take().map(Append.wake) ?? .stored
        }
    }

    /// The consumer takes all there is, in exchange for its emptied array (whose memory is used again).
    mutating func take(into batch: inout [NATSMessage]) -> Take {
        if !messages.isEmpty {
            swap(&messages, &batch)
            return .messages(releasedProducers: releaseProducers())
        }
        if phase == .finished { return .end }
        return .wait(turn: slot.begin())
    }

    /// The consumer's continuation, after ``take(into:)`` said to wait.
    /// - Returns: the continuation if it has to be resumed at once, because something came in between.
    mutating func store(_ waiter: Waiter, turn: UInt) -> Waiter? {
        guard messages.isEmpty, phase != .finished else { return waiter }
        return slot.store(waiter, turn: turn)
    }

    /// The consumer's task is cancelled; the continuation may not be stored yet.
    mutating func cancel(turn: UInt) -> Waiter? { slot.cancel(turn: turn) }

    /// No bound any more: what still comes is the last.
    mutating func beginDraining() -> Release {
        guard phase == .open else { return Release(waiter: nil, producers: 0) }
        phase = .draining
        return Release(waiter: nil, producers: releaseProducers())
    }

    /// Nothing more comes; what is here can still be taken.
    mutating func finish() -> Release {
        phase = .finished
        return Release(waiter: slot.take(), producers: releaseProducers())
    }

    private mutating func releaseProducers() -> Int {
        defer { blockedProducers = 0 }
        return blockedProducers
    }
}
