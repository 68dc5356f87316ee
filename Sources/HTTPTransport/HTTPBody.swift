package import FoundationEssentials

/// The body of a streamed answer: chunks as they come, for one consumer.
///
/// At most about 64 KiB lie ready; beyond that the transfer waits for the consumer. The transfer is closed when the
/// iterator or the body is let go, or when the task that waits for a chunk is cancelled.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = Data
    package typealias Failure = HTTPError

    private let source: BodySource

    init(_ source: BodySource) { self.source = source }

    package func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    package struct Iterator: AsyncIteratorProtocol {
        private let source: BodySource
        private let lifetime: Lifetime

        fileprivate init(source: BodySource) {
            self.source = source
            lifetime = Lifetime(source: source)
        }

        /// The next chunk, never empty; nil at the end.
        package mutating func next() async throws(HTTPError) -> Data? { try await source.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPError) -> Data? {
            try await source.next()
        }
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
    private let channel: BodyChannel
    private let transfer: Transfer
    /// Held so that a client that nobody else holds lives as long as its answers.
    private let client: HTTPClient

    init(channel: BodyChannel, transfer: Transfer, client: HTTPClient) {
        self.channel = channel
        self.transfer = transfer
        self.client = client
    }

    deinit { close() }

    func next() async throws(HTTPError) -> Data? {
        let result = await withTaskCancellationHandler {
            await self.result()
        } onCancel: {
            close()
        }
        return try result.get()
    }

    func close() {
        channel.close()
        client.loop.cancel(transfer)
    }

    private func result() async -> Result<Data?, HTTPError> {
        do throws(HTTPError) {
            return .success(try await channel.next { client.loop.resume(transfer) })
        } catch {
            return .failure(error)
        }
    }
}
