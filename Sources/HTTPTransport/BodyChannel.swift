import FoundationEssentials
import Synchronization

/// A ``BodyBuffer`` between the loop and the consumer of a streamed body.
final class BodyChannel: Sendable {
    /// Why no bytes were taken.
    enum Refusal { case full, closed }

    private typealias Waiter = CheckedContinuation<Result<Data?, HTTPError>, Never>
    private let buffer: Mutex<BodyBuffer<Waiter>>

    /// - Parameter limit: How many bytes may lie here before the transfer is paused.
    init(limit: Int) { buffer = Mutex(BodyBuffer(limit: limit)) }

    /// From the loop: bytes of the body. Nil when they were taken.
    func offer(_ bytes: Data) -> Refusal? {
        switch buffer.withLock({ $0.offer(bytes) }) {
        case .stored: return nil
        case .deliver(let waiter):
            waiter.resume(returning: .success(bytes))
            return nil
        case .full: return .full
        case .closed: return .closed
        }
    }

    /// From the loop: the end of the body.
    func finish(_ error: HTTPError?) {
        let waiter = buffer.withLock { $0.finish(error) }
        waiter?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// From the consumer: no more of it. Whoever waits gets ``HTTPError/Code/cancelled``.
    func close() {
        let waiter = buffer.withLock { $0.close() }
        waiter?.resume(returning: .failure(HTTPError(.cancelled)))
    }

    /// The next bytes, nil at the end.
    ///
    /// - Parameter resumeProducer: Called when there is room again after ``Refusal/full``.
    func next(resumeProducer: () -> Void) async throws(HTTPError) -> Data? {
        if let result = Self.result(buffer.withLock { $0.take(nil) }, resumeProducer) { return try result.get() }
        let result = await withCheckedContinuation { waiter in
            if let result = Self.result(buffer.withLock({ $0.take(waiter) }), resumeProducer) {
                waiter.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Nil: wait.
    private static func result(
        _ taken: BodyBuffer<Waiter>.Taken, _ resumeProducer: () -> Void
    ) -> Result<Data?, HTTPError>? {
        switch taken {
        case .waiting: return nil
        case .end(let error): return error.map { .failure($0) } ?? .success(nil)
        case .chunk(let data, let isPaused):
            if isPaused { resumeProducer() }
            return .success(data)
        }
    }
}
