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

    /// The subject, with wildcards.
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

    /// What came within a time.
    enum Arrival: Sendable {
        case messages([NATSMessage])
        /// Not even a heartbeat.
        case silence
        /// The subscription is over, or the task is cancelled.
        case end
    }

    /// All that has come, or comes within that time. Cancels nothing but the waiting.
    func next(within limit: Duration) async -> Arrival {
        await withTaskGroup(of: Arrival.self) { group in
            group.addTask {
                var batch: [NATSMessage] = []
                return await self.nextBatch(&batch) ? .messages(batch) : .end
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .silence
            }
            let first = await group.next() ?? .end
            group.cancelAll()
            // Both may be over at once; messages that have been taken must not be lost.
            if case .messages(let messages) = await group.next() { return .messages(messages) }
            return first
        }
    }
}

extension NATSSubscription: AsyncSequence {
    package typealias Element = NATSMessage
    package typealias Failure = Never

    /// The only consumer. What it has taken and not yet returned goes with it.
    package struct Iterator: AsyncIteratorProtocol {
        private let subscription: NATSSubscription
        /// The last first, so that each can be moved out at little cost.
        private var batch: [NATSMessage] = []

        init(_ subscription: NATSSubscription) { self.subscription = subscription }

        /// The next message; nil when the subscription has ended, or the task is cancelled while it waits.
        package mutating func next() async -> NATSMessage? { await next(isolation: nil) }

        /// The next message; nil when the subscription has ended, or the task is cancelled while it waits.
        package mutating func next(isolation actor: isolated (any Actor)?) async -> NATSMessage? {
            if let message = batch.popLast() { return message }
            guard await subscription.nextBatch(&batch) else { return nil }
            batch.reverse()
            return batch.popLast()
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(self) }
}
