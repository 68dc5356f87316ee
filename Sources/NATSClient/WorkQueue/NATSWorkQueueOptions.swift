/// Which work queue, and what it is to be like if it has to be made. A stream that is there is used as it is, but for its
/// subjects.
package struct NATSWorkQueueOptions: Sendable {
    /// The stream's name: letters, digits, `-` and `_`.
    package var stream: String
    /// What the stream takes in; what is missing is added.
    package var subjects: [String]
    /// What the stream is not to take in; what of it is there is taken away.
    package var withoutSubjects: [String] = []
    /// Whether a stream and a consumer that are there are made what is said here; else they stay as they are.
    package var changesPresent = true
    /// The name of the consumer that all instances share: letters, digits, `-` and `_`.
    package var consumer: String
    /// Servers of a cluster that keep it, 1 to 5.
    package var replicas: Int = 1
    /// The size of the whole, beyond which who sends is told that it is full; nil: as much as the server has.
    package var maxBytes: Int?
    /// After this time a message is gone, whatever has become of it; nil: never.
    package var maxAge: Duration?
    /// A message that nobody speaks of for so long is delivered again.
    package var ackWait: Duration = .seconds(30)
    /// Messages of all instances together that are delivered and not acknowledged.
    package var maxAckPending: Int = 10_000
    /// Messages that one instance holds at a time, 1 or more.
    package var maxOutstanding: Int = 64
    /// For a whole call, unless the call says otherwise.
    package var timeout: Duration = .seconds(2)

    /// - Parameters:
    ///   - stream: the stream's name.
    ///   - subjects: what it takes in.
    ///   - consumer: the name of the consumer.
    package init(stream: String, subjects: [String], consumer: String) {
        self.stream = stream
        self.subjects = subjects
        self.consumer = consumer
    }
}
