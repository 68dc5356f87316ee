import Synchronization

/// A ``BodyBuffer`` between the loop and the consumer of a streamed body; a part of its ``Transfer``.
struct BodyChannel: ~Copyable, Sendable {
    /// A chunk, nil at the end, or why there will not be any more.
    typealias Piece = Result<[UInt8]?, HTTPError>

    typealias Buffer = BodyBuffer<CheckedContinuation<Piece, Never>>
    private let buffer: Mutex<Buffer>

    /// - Parameter limit: How many bytes may lie here before the transfer is paused.
    init(limit: Int) { buffer = Mutex(BodyBuffer(limit: limit)) }

    /// From the loop: bytes of the body. The consumer learns of them by ``handOver()``, or when it asks.
    func offer(_ bytes: Span<UInt8>) -> Buffer.Offer { buffer.withLock { $0.offer(bytes) } }

    /// From the loop: wakes a consumer that waits, if there is something for it. True: there is room again after
    /// ``BodyBuffer/Offer/full``.
    func handOver() -> Bool { Self.resume(buffer.withLock { $0.handOver() }) }

    /// From the loop: the end of the body; wakes a consumer that waits.
    func finish(_ error: HTTPError?) { _ = Self.resume(buffer.withLock { $0.finish(error) }) }

    /// From the consumer: no more of it. Whoever waits gets ``HTTPError/Code/cancelled``.
    ///
    /// - Returns: whether the transfer is to be closed: not where its rest is being thrown away.
    func close() -> Bool {
        let (waiter, isClosed) = buffer.withLock { buffer -> (CheckedContinuation<Piece, Never>?, Bool) in
            buffer.isDiscarding ? (nil, false) : (buffer.close(), true)
        }
        waiter?.resume(returning: .failure(HTTPError(.cancelled)))
        return isClosed
    }

    /// From the consumer: the rest may be thrown away. Returns whether there may be one.
    func discard() -> Bool { buffer.withLock { $0.discard() } }

    /// What is there without waiting; nil: nothing.
    ///
    /// - Parameter resumeProducer: Called when there is room again after ``BodyBuffer/Offer/full``.
    func ready(resumeProducer: () -> Void) -> Piece? {
        guard let (piece, isPaused) = Self.piece(buffer.withLock { $0.take(nil) }) else { return nil }
        if isPaused { resumeProducer() }
        return piece
    }

    /// Resumes the waiter with what is there, or comes next.
    ///
    /// - Parameter resumeProducer: As in ``ready(resumeProducer:)``.
    func next(_ waiter: CheckedContinuation<Piece, Never>, resumeProducer: () -> Void) {
        guard let (piece, isPaused) = Self.piece(buffer.withLock { $0.take(waiter) }) else { return }
        if isPaused { resumeProducer() }
        waiter.resume(returning: piece)
    }

    /// Returns whether the producer is to go on.
    private static func resume(_ handedOver: (waiter: CheckedContinuation<Piece, Never>, taken: Buffer.Taken)?) -> Bool
    {
        guard let handedOver, let (piece, isPaused) = piece(handedOver.taken) else { return false }
        handedOver.waiter.resume(returning: piece)
        return isPaused
    }

    /// Nil: wait.
    private static func piece(_ taken: Buffer.Taken) -> (Piece, isPaused: Bool)? {
        switch taken {
        case .waiting: nil
        case .end(let error): (error.map { .failure($0) } ?? .success(nil), false)
        case .chunk(let bytes, let isPaused): (.success(bytes), isPaused)
        }
    }
}
