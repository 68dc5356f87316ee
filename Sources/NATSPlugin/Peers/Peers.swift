import JSON
import NATSClient
import ServiceRuntime
import Synchronization

/// The other instances of the service on the same bus. A message comes to one of them, and what it is to stop may run in
/// another: so each hears of it.
final class Peers: Sendable {
    private static let heartbeat = Duration.seconds(15)
    /// How long an instance is waited for that was there a moment ago.
    private static let patience = Duration.milliseconds(500)

    private let connection: NATSConnection
    private let outbox: Outbox
    private let instance: String
    private let time: any TimeSource
    private let stopHere: @Sendable (StopOrder) -> Int
    private let subscription: NATSSubscription
    private let book = Mutex(PeerBook())

    /// Subscribes. Messages wait until ``run()``.
    ///
    /// - Parameters:
    ///   - instance: this one's id.
    ///   - stopHere: stops what runs and waits in this instance, and returns how much.
    init(
        on connection: NATSConnection, outbox: Outbox, instance: String, time: any TimeSource,
        stopHere: @escaping @Sendable (StopOrder) -> Int
    ) throws(NATSError) {
        self.connection = connection
        self.outbox = outbox
        self.instance = instance
        self.time = time
        self.stopHere = stopHere
        subscription = try connection.subscribe(Subjects.peers)
    }

    /// How many others there are.
    var count: Int { book.withLock { $0.count(now: time.now) } }

    /// Is there for the others until ``drain()``.
    func run() async {
        await withDiscardingTaskGroup { beats in
            beats.addTask { await self.beat() }
            for await message in self.subscription { self.take(message) }
            beats.cancelAll()
        }
    }

    /// Is gone for the others.
    func drain() async {
        tell(.gone)
        await subscription.drain()
    }

    /// Stops what runs and waits in the other instances. Returns how much that was.
    func stop(_ order: StopOrder) async -> Int {
        var stopped = 0
        var left = count
        guard left > 0 else { return 0 }
        do {
            let replies = try connection.requestMany(
                PeerMessage.stop(order).bytes(from: instance), to: Subjects.peers, idleTimeout: Self.patience)
            for try await reply in replies {
                if case .integer(let count)? = JSONValue.parse(reply.payload)?.object?["stopped"] { stopped += count }
                left -= 1
                if left == 0 { break }
            }
        } catch {
            // One that does not answer has ended, or cannot be reached. What it runs goes on, and is not counted.
        }
        return stopped
    }

    private func take(_ message: NATSMessage) {
        guard let (said, sender) = PeerMessage.read(message.payload), sender != instance else { return }
        if said == .gone { return book.withLock { $0.left(sender) } }
        book.withLock { $0.heard(sender, now: time.now) }
        switch said {
        case .hello: tell(.here)
        case .stop(let order):
            let stopped = stopHere(order)
            guard let reply = message.reply, Subjects.mayReceiveReplies(reply) else { return }
            outbox.publish(JSONWriter.object { $0.field("stopped", stopped) }, to: reply, headers: [])
        case .here, .gone: break
        }
    }

    private func beat() async {
        var hasBegun = false
        await outbox.beat(every: Self.heartbeat, time: time) {
            self.tell(hasBegun ? .here : .hello)
            hasBegun = true
        }
    }

    private func tell(_ message: PeerMessage) {
        outbox.publish(message.bytes(from: instance), to: Subjects.peers, headers: [])
    }
}
