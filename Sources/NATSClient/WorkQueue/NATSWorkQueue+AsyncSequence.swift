extension NATSWorkQueue: AsyncSequence {
    package typealias Element = NATSWorkMessage
    package typealias Failure = NATSError

    /// The only consumer.
    package struct Iterator: AsyncIteratorProtocol {
        private let queue: NATSWorkQueue
        /// The last first, so that each can be moved out at little cost.
        private var messages: [NATSMessage] = []
        private var isOver = false

        init(_ queue: NATSWorkQueue) { self.queue = queue }

        /// The next message; nil at the end.
        package mutating func next() async throws(NATSError) -> NATSWorkMessage? { try await next(isolation: nil) }

        /// The next message; nil at the end.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(NATSError) -> NATSWorkMessage? {
            while !isOver {
                while let message = messages.popLast() {
                    if let work = queue.receive(message) { return work }
                }
                queue.pull()
                switch await queue.subscription.next(within: NATSWorkQueue.patience) {
                case .messages(let arrived): messages = arrived.reversed()
                case .silence: try await revive()
                case .end:
                    if Task.isCancelled { throw .workCancelled }
                    isOver = true
                }
            }
            return nil
        }

        private mutating func revive() async throws(NATSError) {
            do throws(NATSError) {
                if Task.isCancelled { throw .workCancelled }
                try await queue.revive()
            } catch {
                isOver = error.code != .cancelled
                if isOver { queue.stop() }
                throw error
            }
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(self) }
}
