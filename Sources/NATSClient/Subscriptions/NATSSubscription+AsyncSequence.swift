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
