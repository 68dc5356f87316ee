/// What the reply subject of a message from JetStream says of it: the subject has nine parts, or, with domain and account
/// before them, eleven or more (ADR-15 of the NATS architecture).
struct JetStreamDelivery: Equatable {
    /// How often it has been delivered, this time included.
    let deliveries: Int
    /// Its number in the stream.
    let sequence: UInt64
    /// The number of this delivery among the consumer's.
    let number: UInt64
    /// When it entered the stream, in nanoseconds since 1970.
    let time: Int64
    /// How many messages the consumer has to deliver after it.
    let pending: UInt64

    /// - Parameter reply: the message's reply subject.
    init?(_ reply: String) {
        guard reply.hasPrefix("$JS.ACK.") else { return nil }
        let parts = reply.split(separator: ".", omittingEmptySubsequences: false)
        let first = parts.count == 9 ? 4 : 6
        guard parts.count == 9 || parts.count >= 11, let deliveries = Int(parts[first]),
            let sequence = UInt64(parts[first + 1]), let number = UInt64(parts[first + 2]),
            let time = Int64(parts[first + 3]), let pending = UInt64(parts[first + 4])
        else { return nil }
        (self.deliveries, self.sequence, self.number) = (deliveries, sequence, number)
        (self.time, self.pending) = (time, pending)
    }
}
