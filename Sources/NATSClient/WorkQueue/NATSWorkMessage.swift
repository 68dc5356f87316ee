internal import Concurrency
internal import Synchronization

/// A message of a work queue, which is somebody's to finish: with ``ack(timeout:)``, ``acknowledge()``, ``nak(delay:)`` or
/// ``terminate()``. One that nobody speaks of for ``NATSWorkQueue/ackWait`` is delivered again, here or elsewhere.
package final class NATSWorkMessage: Sendable {
    /// As it came: its reply subject is where JetStream is told what becomes of it.
    package let message: NATSMessage
    /// Its number in the stream; the same at each delivery.
    package let sequence: UInt64
    /// When it entered the stream, in nanoseconds since 1970; the same at each delivery.
    package let time: Int64
    /// How often it has been delivered, this time included.
    package let deliveries: Int
    private let queue: NATSWorkQueue
    private let isFinished = Atomic(false)

    init(_ message: NATSMessage, _ delivery: JetStreamDelivery, queue: NATSWorkQueue) {
        self.message = message
        (sequence, time, deliveries) = (delivery.sequence, delivery.time, delivery.deliveries)
        self.queue = queue
    }

    deinit { finish() }

    /// The subject on which it was published.
    package var subject: String { message.subject }
    /// The bytes.
    package var payload: [UInt8] { message.payload }
    /// The headers.
    package var headers: NATSHeaders { message.headers }
    private var reply: String { message.reply ?? "" }

    /// It is done. Waits until the server says that it knows.
    /// - Parameter timeout: nil: as the options say.
    /// - Throws: ``NATSError/Code/timeout``, ``NATSError/Code/cancelled``, ``NATSError/Code/closed``,
    ///   ``NATSError/Code/notConnected``, ``NATSError/Code/bufferFull``, ``NATSError/Code/noResponders`` (its stream is
    ///   gone). It can be tried again then.
    package func ack(timeout: Duration? = nil) async throws(NATSError) {
        let deadline = JetStreamAPI.Deadline.now + (timeout ?? queue.options.timeout)
        _ = try await queue.api.exchange(Array("+ACK".utf8), with: reply, deadline: deadline)
        finish()
    }

    /// It is done. If the server does not hear of it, the message comes again.
    package func acknowledge() { end(Array("+ACK".utf8)) }

    /// It is not done, and to be delivered again.
    /// - Parameter delay: not before that; nil: at once.
    package func nak(delay: Duration? = nil) {
        if !isFinished.load(ordering: .relaxed) { queue.giveBack(reply, after: delay) }
        finish()
    }

    /// It is never to be delivered again.
    package func terminate() { end(Array("+TERM".utf8)) }

    /// Somebody works on it: ``NATSWorkQueue/ackWait`` begins anew.
    package func inProgress() {
        if !isFinished.load(ordering: .relaxed) { queue.api.tell(reply, Array("+WPI".utf8)) }
    }

    private func end(_ answer: [UInt8]) {
        if !isFinished.load(ordering: .relaxed) { queue.api.tell(reply, answer) }
        finish()
    }

    private func finish() {
        if !isFinished.exchange(true, ordering: .relaxed) { queue.finish() }
    }
}

/// What the reply subject of a message from JetStream says of it: the subject has nine parts, or, with domain and account
/// before them, eleven or more (ADR-15 of the NATS architecture).
struct JetStreamDelivery: Equatable {
    /// What it came from.
    let stream, consumer: String
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
        (stream, consumer) = (String(parts[first - 2]), String(parts[first - 1]))
        (self.deliveries, self.sequence, self.number) = (deliveries, sequence, number)
        (self.time, self.pending) = (time, pending)
    }

    /// Returns the answer to a delivery that has the message delivered again.
    /// - Parameter delay: not before that; nil: at once.
    static func negativeAcknowledgement(_ delay: Duration?) -> [UInt8] {
        Array((delay.map { #"-NAK {"delay":\#(max(1, $0.nanoseconds))}"# } ?? "-NAK").utf8)
    }
}

extension NATSMessage {
    /// Whether JetStream has delivered it, and is to be told what becomes of it.
    package var isDelivery: Bool { reply?.hasPrefix("$JS.ACK.") ?? false }
}
