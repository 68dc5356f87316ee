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
