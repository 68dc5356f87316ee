/// The replies to one request, as an asynchronous sequence for one consumer.
///
/// Ends with an empty message without headers (which is not delivered). Throws ``NATSError/Code/noResponders``,
/// ``NATSError/Code/timeout`` if no further reply comes within the idle timeout, ``NATSError/Code/closed``,
/// ``NATSError/Code/cancelled``, and ``NATSError/Code/slowConsumer`` if more than ``bufferLimit`` replies wait unread.
package struct NATSReplies: AsyncSequence, Sendable {
    package typealias Element = NATSMessage
    package typealias Failure = NATSError

    /// Replies that wait unread.
    package static let bufferLimit = 65_536

    /// Closes the stream when the sequence and its iterator are gone.
    fileprivate final class Stream: Sendable {
        let id: UInt64
        let inbox: RequestInbox

        init(id: UInt64, inbox: RequestInbox) {
            self.id = id
            self.inbox = inbox
        }

        deinit { inbox.closeStream(id) }
    }

    private let stream: Stream

    init(id: UInt64, inbox: RequestInbox) { stream = Stream(id: id, inbox: inbox) }

    /// The only consumer.
    package struct Iterator: AsyncIteratorProtocol {
        private let stream: Stream

        fileprivate init(_ stream: Stream) { self.stream = stream }

        /// The next reply; nil at the end.
        package mutating func next() async throws(NATSError) -> NATSMessage? {
            try await stream.inbox.nextReply(stream.id)
        }

        /// The next reply; nil at the end.
        package mutating func next(isolation actor: isolated (any Actor)?) async throws(NATSError) -> NATSMessage? {
            try await stream.inbox.nextReply(stream.id)
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(stream) }
}
