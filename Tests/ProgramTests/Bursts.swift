import JSON
import NATSClient
import Synchronization
import TestSupport

/// Bursts of messages to twenty channels, and what came of each.
final class Bursts: Sendable {
    /// A message, and which of its channel it is.
    struct Message: Hashable, Comparable, CustomStringConvertible {
        let channel: Int
        let number: Int
        static func < (first: Message, second: Message) -> Bool {
            (first.channel, first.number) < (second.channel, second.number)
        }
        var description: String { "\(channel).\(number)" }
    }

    struct Answer {
        let message: Message
        let instant: ContinuousClock.Instant
        /// The instance that worked on it; nil: it failed.
        let instance: Int?
        /// What went wrong.
        let error: String?
    }

    private struct State {
        var sent: [Message: ContinuousClock.Instant] = [:]
        var answers: [Answer] = []
    }

    /// What is noted on the connection's loop, one thing after the other.
    private final class Record: Sendable {
        let state = Mutex(State())

        func note(_ message: NATSMessage) {
            let fields = JSONValue.parse(message.payload)?.object ?? [:]
            let parts = (fields["request_id"]?.string ?? "").split(separator: ".").compactMap { Int($0) }
            guard parts.count == 2 else { return }
            let answer = Answer(
                message: Message(channel: parts[0], number: parts[1]), instant: .now,
                instance: fields["content"]?.string.flatMap { $0.split(separator: " ").first }.flatMap { Int($0) },
                error: fields["error"]?.string)
            state.withLock { $0.answers.append(answer) }
        }
    }

    static let channels = 20
    private let record = Record()
    private let connection: NATSConnection
    private let subscriptions: [NATSDirectSubscription]

    init(_ client: Client) async throws {
        connection = client.connection
        subscriptions = try ["llm.response", "llm.error"].map { [record] in
            try client.connection.subscribe($0, onMessage: record.note)
        }
        try await connection.flush(timeout: .seconds(5))
    }

    /// Sends more to each channel than is answered within ``settling``, after which each has one that is worked on, and others
    /// that wait.
    func fill() async throws {
        try await send(6, pause: .milliseconds(10))
        try await Task.sleep(for: Self.settling)
    }

    /// The time in which what was sent has reached whoever works on it.
    static let settling = Duration.milliseconds(100)

    /// Sends a message to each channel, so many times.
    func send(_ rounds: Int, pause: Duration = .milliseconds(100)) async throws {
        for _ in 0..<rounds {
            for channel in 0..<Self.channels { send(to: channel) }
            try await Task.sleep(for: pause)
        }
    }

    private func send(to channel: Int) {
        let message = record.state.withLock { state in
            let message = Message(channel: channel, number: state.sent.count { $0.key.channel == channel })
            state.sent[message] = .now
            return message
        }
        let text =
            #"{"action":"chat","channel_id":"room \#(channel)","message":"\#(message)","request_id":"\#(message)"}"#
        // While the server is away, the connection keeps it.
        try? connection.publish(Array(text.utf8), to: "llm.request")
    }

    /// Waits until the last message of each channel that was sent is answered.
    func areAnswered() async throws {
        try await eventually(.seconds(15)) { [self] in
            record.state.withLock { state in
                let answered = Set(state.answers.map(\.message))
                return (0..<Self.channels).allSatisfy { channel in
                    answered.contains(
                        Message(channel: channel, number: state.sent.count { $0.key.channel == channel } - 1))
                }
            }
        }
    }

    // MARK: what has come of them

    var answers: [Answer] { record.state.withLock { $0.answers } }

    /// Those that were answered more than once.
    var doubled: [Message] {
        Dictionary(grouping: answers, by: \.message).filter { $0.value.count > 1 }.keys.sorted()
    }

    /// Those that were answered after a later one of their channel.
    var disordered: [Message] {
        var last: [Int: Int] = [:]
        return answers.map(\.message).filter { message in
            defer { last[message.channel] = max(last[message.channel] ?? -1, message.number) }
            return message.number < last[message.channel] ?? -1
        }
    }

    /// Those that were not answered, and when they were sent.
    var lost: [(message: Message, sent: ContinuousClock.Instant)] {
        let (sent, answered) = record.state.withLock { ($0.sent, Set($0.answers.map(\.message))) }
        return sent.filter { !answered.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The answers that are failures.
    var failed: [String] { answers.filter { $0.instance == nil }.map { "\($0.message): \($0.error ?? "?")" } }

    /// How long after an instant the channel that waited longest got an answer.
    func silence(after instant: ContinuousClock.Instant) -> Duration {
        let later = answers.filter { $0.instant > instant && $0.instance != nil }
        return (0..<Self.channels).map { channel in
            (later.first { $0.message.channel == channel }?.instant ?? .now) - instant
        }.max() ?? .zero
    }

    /// How long after an instant the last message was sent that was lost.
    func deafness(after instant: ContinuousClock.Instant) -> Duration {
        max(.zero, (lost.map(\.sent).max() ?? instant) - instant)
    }

    /// The instance that answered a channel last before an instant.
    func owner(of channel: Int, at instant: ContinuousClock.Instant) -> Int? {
        answers.last { $0.message.channel == channel && $0.instant <= instant }?.instance
    }

    /// A line of what came of it.
    func summary(since instant: ContinuousClock.Instant) -> String {
        let sent = record.state.withLock { $0.sent.count }
        let (deaf, silent) = (deafness(after: instant), silence(after: instant))
        return
            "\(sent) sent, \(lost.count) lost, \(disordered.count) out of order; an ear again after \(deaf), "
            + "each channel's next answer within \(silent)"
    }

    func close() async { for subscription in subscriptions { await subscription.drain() } }
}
