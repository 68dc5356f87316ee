/// The body of a streamed answer: chunks as they come, for one consumer.
///
/// At most about 64 KiB lie ready; beyond that the transfer waits for the consumer. The transfer is closed when the
/// iterator or the body is let go, or when the task that waits for a chunk is cancelled.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPError

    private let source: BodySource

    init(_ source: BodySource) { self.source = source }

    package func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    /// The answer proper has begun: from now on ``HTTPTimeouts/idle`` counts, from the last byte that came, and no longer
    /// ``HTTPTimeouts/firstByte``.
    ///
    /// Only of use with ``HTTPRequest/firstByteIsContent`` false; more than once does nothing. From any task.
    package func contentBegan() { source.contentBegan() }

    /// The consumer has all it wants. Where the answer ends soon, its connection is kept for the next request; where it does
    /// not (64 KiB or a second more), it is closed. Nothing more is to be asked of the body.
    package func discardRest() { source.discardRest() }

    /// The next chunk, never empty; nil at the end. As with an iterator, which costs an object more.
    package func next() async throws(HTTPError) -> [UInt8]? { try await source.next() }

    /// Reads the body piece by piece.
    package struct Iterator: AsyncIteratorProtocol {
        private let source: BodySource
        private let lifetime: Lifetime

        fileprivate init(source: BodySource) {
            self.source = source
            lifetime = Lifetime(source: source)
        }

        /// The next chunk, never empty; nil at the end.
        package mutating func next() async throws(HTTPError) -> [UInt8]? { try await source.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPError) -> [UInt8]? {
            try await source.next()
        }

        /// See ``HTTPBody/contentBegan()``.
        package func contentBegan() { source.contentBegan() }
    }

    /// Closes the transfer with the iterator that holds it, even while the body itself is still held.
    private final class Lifetime: Sendable {
        private let source: BodySource

        init(source: BodySource) { self.source = source }

        deinit { source.close() }
    }
}

/// Where a body comes from; the transfer is closed with it.
final class BodySource: Sendable {
    let transfer: Transfer
    /// Held so that a client that nobody else holds lives as long as its answers.
    let client: HTTPClient

    init(_ transfer: Transfer, _ client: HTTPClient) {
        self.transfer = transfer
        self.client = client
    }

    deinit { close() }

    /// The next chunk, nil at the end.
    func next() async throws(HTTPError) -> [UInt8]? {
        if Task.isCancelled { close() }
        // What is there already costs neither a suspension nor a cancellation handler.
        if let piece = transfer.body.ready(resumeProducer: resume) { return try piece.get() }
        let piece = await withTaskCancellationHandler {
            await withCheckedContinuation { transfer.body.next($0, resumeProducer: resume) }
        } onCancel: {
            close()
        }
        return try piece.get()
    }

    func contentBegan() {
        if transfer.content.begin() == .tellLoop { client.transfers.contentBegan(transfer) }
    }

    func discardRest() {
        if transfer.body.discard() { client.transfers.discard(transfer) }
    }

    func close() {
        if transfer.body.close() { client.transfers.cancel(transfer) }
    }

    private func resume() { client.transfers.resume(transfer) }
}
