/// The changes of a bucket's keys, as an asynchronous sequence for one consumer: first all present values, then
/// ``NATSKeyValueChange/current``, then what changes.
///
/// After a reconnect that has lost something the values that are there come once more, with deletions since, and
/// another ``NATSKeyValueChange/current``: go by the revisions. Who reads slowly sees the later of two values of a key and
/// not always the earlier. A value whose time to live is over is not told.
///
/// Bounded by the server's flow control: it sends no more than 32 MiB beyond what has been read. Costs one
/// ``NATSSubscription``, until the sequence and its iterator are gone.
///
/// Ends when the connection is closed. Throws ``NATSError/Code/cancelled``, ``NATSError/Code/slowConsumer`` when
/// messages had to be dropped all the same (65 536 small ones: watch anew), and what
/// ``NATSKeyValue/watch(timeout:)`` throws if watching cannot go on after a loss. A server that is away is waited for.
package struct NATSKeyValueChanges: AsyncSequence, Sendable {
    package typealias Element = NATSKeyValueChange
    package typealias Failure = NATSError

    private let store: NATSKeyValue
    private let scope: KeyValueFeed.Scope
    private let feed: KeyValueFeed
    private let initial: UInt64

    init(_ store: NATSKeyValue, _ scope: KeyValueFeed.Scope, _ feed: KeyValueFeed, initial: UInt64) {
        self.store = store
        self.scope = scope
        self.feed = feed
        self.initial = initial
    }

    /// The only consumer.
    package struct Iterator: AsyncIteratorProtocol {
        private let store: NATSKeyValue
        private let scope: KeyValueFeed.Scope
        private var feed: KeyValueFeed
        private var progress: KeyValueProgress
        /// Both with the last first, so that each can be moved out at little cost.
        private var messages: [NATSMessage] = []
        private var changes: [NATSKeyValueChange]
        private var isOver = false

        init(_ store: NATSKeyValue, _ scope: KeyValueFeed.Scope, _ feed: KeyValueFeed, initial: UInt64) {
            self.store = store
            self.scope = scope
            self.feed = feed
            progress = KeyValueProgress(store.names, initial: initial, skipsInitialMarkers: true)
            changes = progress.isCurrent ? [.current] : []
        }

        /// The next change; nil once the connection is closed.
        package mutating func next() async throws(NATSError) -> NATSKeyValueChange? { try await next(isolation: nil) }

        /// The next change; nil once the connection is closed.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(NATSError) -> NATSKeyValueChange? {
            while !isOver {
                if let change = changes.popLast() { return change }
                do throws(NATSError) {
                    try await advance()
                } catch {
                    isOver = error.code != .cancelled
                    if isOver { feed.end() }
                    if error.code != .closed { throw error }
                }
            }
            return nil
        }

        private mutating func advance() async throws(NATSError) {
            if let message = messages.popLast() {
                switch progress.receive(message) {
                case .tell(let news): changes = news.reversed()
                case .answer(let subject): feed.answer(subject)
                case .lost: try await beginAnew()
                }
                return
            }
            switch await feed.next(within: KeyValueFeed.patience) {
            case .messages(let arrived): messages = arrived.reversed()
            case .silence, .end:
                if Task.isCancelled { throw .watchCancelled }
                try await beginAnew()
            }
        }

        /// Watches anew, as soon as the server is there.
        private mutating func beginAnew() async throws(NATSError) {
            // It would be as slow again.
            if feed.dropped > 0 {
                throw NATSError(.slowConsumer, "the changes of a bucket were read too slowly")
            }
            feed.end()
            messages = []
            while true {
                do throws(NATSError) {
                    // Otherwise every try would wait to be sent, and be made when the server is back.
                    if try isConnected() { return try await open() }
                } catch {
                    guard error.isRetryable else { throw error }
                }
                do {
                    try await Task.sleep(for: store.api.connection.reconnectDelay())
                } catch {
                    throw .watchCancelled
                }
            }
        }

        private mutating func open() async throws(NATSError) {
            let (feed, initial) = try await store.openFeed(scope, deadline: store.deadline(nil))
            self.feed = feed
            progress = KeyValueProgress(store.names, initial: initial, skipsInitialMarkers: false)
            changes = progress.isCurrent ? [.current] : []
        }

        private func isConnected() throws(NATSError) -> Bool {
            try store.api.connection.checkOpen()
            return store.api.connection.isConnected
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(store, scope, feed, initial: initial) }
}

extension NATSError {
    static let watchCancelled = NATSError(.cancelled, "watching was cancelled")
}
