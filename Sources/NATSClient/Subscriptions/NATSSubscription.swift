/// The messages of one subject, as an asynchronous sequence for one consumer.
///
/// A ``NATSDirectSubscription`` whose handler puts messages into a buffer: up to ``bufferLimit`` messages or ``bufferBytes``
/// bytes, which the consumer takes all at once. What comes beyond that is dropped (``dropped``, and one
/// ``NATSEvent/slowConsumer(subject:dropped:)``).
///
/// Lives until ``drain()`` or ``NATSConnection/close()``.
package final class NATSSubscription: Sendable {
    /// Messages held for the consumer.
    static let bufferLimit = 65_536
    /// Bytes of payload held for the consumer.
    static let bufferBytes = 256 << 20

    private let subscription: NATSDirectSubscription
    private let queue: MessageQueue

    init(_ subscription: NATSDirectSubscription, _ queue: MessageQueue) {
        self.subscription = subscription
        self.queue = queue
    }

    package var subject: String { subscription.subject }

    /// The queue group, of which one member gets each message.
    package var queueGroup: String? { subscription.queueGroup }

    /// Messages that have been thrown away because the consumer was too slow.
    package var dropped: Int { queue.dropped }

    /// Ends the subscription: what the server had sent before is still delivered, then the sequence ends.
    ///
    /// Returns when the last message lies ready for the consumer; does not wait for it to be consumed. Is not cut short
    /// by cancellation.
    package func drain() async { await subscription.drain() }

    /// Ends the subscription without waiting: what has arrived can still be taken.
    func abandon() { subscription.abandon() }

    /// Takes all that waits, in exchange for an empty array; waits if there is nothing.
    /// - Returns: false at the end, or if the task is cancelled.
    func nextBatch(_ batch: inout [NATSMessage]) async -> Bool { await queue.nextBatch(&batch) }
}
