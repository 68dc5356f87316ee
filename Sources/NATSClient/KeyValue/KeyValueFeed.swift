internal import Concurrency
internal import Synchronization

/// One consumer of the server on a bucket, and the subscription to which it sends. Ends with the object.
final class KeyValueFeed: Sendable {
    /// What of a bucket is sent.
    enum Scope: Sendable {
        /// The present values.
        case values
        /// The same without the values.
        case keys
        /// All values of the key of that subject, from a revision on.
        case history(subject: String, from: UInt64)
    }

    /// The server says so often that it is there.
    static let heartbeat = Duration.seconds(1)
    /// After so long without that the consumer counts as lost.
    static let patience = Duration.seconds(3)

    private let api: JetStreamAPI
    private let names: KeyValueNames
    private let subscription: NATSSubscription
    private let state = Mutex<(consumer: String?, hasEnded: Bool)>((nil, false))

    private init(_ api: JetStreamAPI, _ names: KeyValueNames, _ subscription: NATSSubscription) {
        self.api = api
        self.names = names
        self.subscription = subscription
    }

    deinit { end() }

    /// Asks the server for a consumer.
    /// - Returns: the feed, and how many messages come at once.
    static func open(
        _ api: JetStreamAPI, _ names: KeyValueNames, _ scope: Scope, deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> (KeyValueFeed, initial: UInt64) {
        let connection = api.connection
        let inbox = connection.newInbox()
        let feed = KeyValueFeed(api, names, try connection.subscribe(inbox))
        var question = JetStream.CreateConsumer.Configuration(
            deliverSubject: inbox, filterSubject: names.pattern, idleHeartbeat: Int64(heartbeat.nanoseconds),
            inactiveThreshold: Int64(Duration.seconds(10).nanoseconds))
        switch scope {
        case .values: break
        case .keys: question.headersOnly = true
        case .history(let subject, let first):
            question.filterSubject = subject
            question.deliverPolicy = "by_start_sequence"
            question.startSequence = first
        }
        let consumer = try await api.ask(
            "CONSUMER.CREATE." + names.stream, JetStream.CreateConsumer(stream: names.stream, config: question),
            for: JetStream.Consumer.self, deadline: deadline
        ).mapError { NATSError($0, "cannot read a key-value bucket") }.get()
        feed.state.withLock { $0.consumer = consumer.name }
        return (feed, consumer.pending)
    }

    /// All that has come, or comes within that time. Cancels nothing but the waiting.
    func next(within limit: Duration) async -> NATSSubscription.Arrival { await subscription.next(within: limit) }

    /// Lets the server go on.
    func answer(_ subject: String) { api.tell(subject) }

    /// Takes the interest back, and the consumer away; once.
    func end() {
        let (consumer, isFirst) = state.withLock { state in
            defer { state.hasEnded = true }
            return (state.consumer, !state.hasEnded)
        }
        guard isFirst else { return }
        // If that does not arrive, the server lets the consumer go by itself when nobody listens for ten seconds.
        if let consumer { api.tell("$JS.API.CONSUMER.DELETE.\(names.stream).\(consumer)") }
        subscription.abandon()
    }
}
