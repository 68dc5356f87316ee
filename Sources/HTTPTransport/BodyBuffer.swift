/// What of a streamed body has come and was not asked for yet: at most `limit` bytes and one read of libcurl more;
/// beyond that the transfer pauses. One producer, one consumer.
///
/// Bytes are stored piece by piece and handed over in one: a consumer that waits is woken by ``handOver()`` and
/// ``finish(_:)``, not by every piece.
///
/// `Waiter` is the consumer's continuation; a value of any type in tests.
struct BodyBuffer<Waiter> {
    /// What became of bytes that were offered.
    enum Offer: Equatable {
        case stored
        /// Not taken; the producer is asked again after a ``Taken/chunk(_:resumeProducer:)`` that says so.
        case full
        /// Not taken: the consumer has gone.
        case closed
    }

    /// What the consumer gets.
    enum Taken {
        case chunk([UInt8], resumeProducer: Bool)
        /// Nothing there yet; it waits.
        case waiting
        case end(HTTPError?)
    }

    private enum Ending {
        case open
        /// Nobody wants what still comes: so many bytes of it are thrown away.
        case discarding(Int)
        case ended(HTTPError?)
    }

    private static var severalEvents: Int { 1024 }

    private let limit: Int
    private var bytes: [UInt8] = []
    private var ending = Ending.open
    private var waiter: Waiter?
    private var isPaused = false

    init(limit: Int) { self.limit = limit }

    /// The producer has more bytes. Wakes nobody.
    mutating func offer(_ more: Span<UInt8>) -> Offer {
        if case .discarding(let left) = ending {
            ending = .discarding(left - more.count)
            return left > 0 ? .stored : .closed
        }
        guard case .open = ending else { return .closed }
        if bytes.count >= limit {
            isPaused = true
            return .full
        }
        // One event alone takes what it needs; several of one read must not grow the array one by one.
        if !bytes.isEmpty, bytes.capacity < Self.severalEvents { bytes.reserveCapacity(Self.severalEvents) }
        // SAFETY: the bytes are copied while the span lends them.
        unsafe more.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return .stored
    }

    /// Who waits, if there is something for it, and what it gets.
    mutating func handOver() -> (waiter: Waiter, taken: Taken)? {
        guard let waiting = waiter else { return nil }
        waiter = nil
        let taken = take(waiting)
        if case .waiting = taken { return nil }
        return (waiting, taken)
    }

    /// The producer has no more. Returns who waited, as ``handOver()`` does: the bytes come first.
    mutating func finish(_ error: HTTPError?) -> (waiter: Waiter, taken: Taken)? {
        guard case .open = ending else { return nil }
        ending = .ended(error)
        return handOver()
    }

    /// The consumer, which does not wait, has all it wants; what still comes, `limit` bytes of it, is thrown away, so that
    /// the connection can be kept. Returns whether anything may come.
    mutating func discard() -> Bool {
        bytes = []
        guard case .open = ending else { return false }
        ending = .discarding(limit)
        return true
    }

    /// Whether what still comes is thrown away.
    var isDiscarding: Bool { if case .discarding = ending { true } else { false } }

    /// The consumer does not want any more. Returns who waited.
    mutating func close() -> Waiter? {
        bytes = []
        ending = .ended(HTTPError(.cancelled))
        defer { waiter = nil }
        return waiter
    }

    /// The consumer wants something: without a waiter it only looks.
    mutating func take(_ waiter: Waiter?) -> Taken {
        if !bytes.isEmpty {
            let resumeProducer = isPaused
            isPaused = false
            defer { bytes = [] }
            return .chunk(bytes, resumeProducer: resumeProducer)
        }
        if case .ended(let error) = ending {
            // Said once; from then on it is just over.
            ending = .ended(nil)
            return .end(error)
        }
        self.waiter = waiter
        return .waiting
    }
}
