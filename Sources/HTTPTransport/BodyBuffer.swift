import FoundationEssentials

/// What of a streamed body has come and was not asked for yet: at most `limit` bytes and one read of libcurl more;
/// beyond that the transfer pauses. One producer, one consumer.
///
/// `Waiter` is the consumer's continuation; a value of any type in tests.
struct BodyBuffer<Waiter> {
    /// What became of bytes that were offered.
    enum Offer {
        case stored
        /// The consumer was waiting: they are its.
        case deliver(Waiter)
        /// Not taken; the producer is asked again after a ``Taken/chunk(_:resumeProducer:)`` that says so.
        case full
        /// Not taken: the consumer has gone.
        case closed
    }

    /// What the consumer gets.
    enum Taken {
        case chunk(Data, resumeProducer: Bool)
        /// Nothing there yet; it waits.
        case waiting
        case end(HTTPError?)
    }

    private enum Ending {
        case open
        case ended(HTTPError?)
    }

    private let limit: Int
    private var data = Data()
    private var ending = Ending.open
    private var waiter: Waiter?
    private var isPaused = false

    init(limit: Int) { self.limit = limit }

    /// The producer has `bytes`.
    mutating func offer(_ bytes: Data) -> Offer {
        guard case .open = ending else { return .closed }
        if let waiter {
            self.waiter = nil
            return .deliver(waiter)
        }
        if data.count >= limit {
            isPaused = true
            return .full
        }
        data.append(bytes)
        return .stored
    }

    /// The producer has no more. Returns who waited.
    mutating func finish(_ error: HTTPError?) -> Waiter? {
        guard case .open = ending else { return nil }
        ending = .ended(error)
        defer { waiter = nil }
        return waiter
    }

    /// The consumer does not want any more. Returns who waited.
    mutating func close() -> Waiter? {
        data = Data()
        let waiting = finish(HTTPError(.cancelled))
        ending = .ended(HTTPError(.cancelled))
        return waiting
    }

    /// The consumer wants something: without a waiter it only looks.
    mutating func take(_ waiter: Waiter?) -> Taken {
        if !data.isEmpty {
            let resumeProducer = isPaused
            isPaused = false
            defer { data = Data() }
            return .chunk(data, resumeProducer: resumeProducer)
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
