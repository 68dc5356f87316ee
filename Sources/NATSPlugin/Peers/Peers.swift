import BusProtocol
import LLMService
import NATSClient
import ServiceRuntime
import Synchronization

/// The other instances of the service on the same bus. A message comes to one of them, and what it is to stop may run in
/// another: so each hears of it.
final class Peers: Sendable {
    private static let heartbeat = Duration.seconds(5)
    /// How long instances are waited for that were there a moment ago, all together.
    private static let patience = Duration.seconds(2)
    /// No instance has so much to stop: what says more is none of us.
    private static let mostStopped = 100_000

    private let connection: NATSConnection
    private let outbox: Outbox
    private let instance: String
    private let time: any TimeSource
    private let stopHere: @Sendable (StopOrder) -> Int
    private let subscription: NATSSubscription
    private let book = Mutex(PeerBook())
    /// Whether this one takes lines from the bot's own bus.
    private let isBridge: Atomic<Bool>

    /// Subscribes. Messages wait until ``run()``.
    ///
    /// - Parameters:
    ///   - instance: this one's id.
    ///   - isBridge: whether it takes lines from the bot's own bus.
    ///   - stopHere: stops what runs and waits in this instance, and returns how much.
    init(
        on connection: NATSConnection, outbox: Outbox, instance: String, isBridge: Bool, time: any TimeSource,
        stopHere: @escaping @Sendable (StopOrder) -> Int
    ) throws(NATSError) {
        (self.connection, self.outbox, self.instance) = (connection, outbox, instance)
        self.isBridge = Atomic(isBridge)
        self.time = time
        self.stopHere = stopHere
        subscription = try connection.subscribe(Subjects.peers)
    }

    /// Messages that were lost because they came too fast.
    var dropped: Int { subscription.dropped }

    /// How many others there are.
    var count: Int { names.count }

    /// Whether this is the one, of all that could, that takes lines from the bot's own bus.
    var isFirstBridge: Bool {
        let others = book.withLock { $0.bridges(now: time.now) }
        return isBridge.load(ordering: .relaxed) && others.allSatisfy { instance < $0 }
    }

    private var names: Set<String> { book.withLock { $0.names(now: time.now) } }

    /// Is there for the others until ``leave()``.
    func run() async {
        await withDiscardingTaskGroup { beats in
            beats.addTask { await self.beat() }
            for await message in self.subscription { self.take(message) }
            beats.cancelAll()
        }
    }

    /// Takes no lines any more: another one is the first now.
    func beginLeaving() {
        isBridge.store(false, ordering: .relaxed)
        tell(presence)
    }

    /// Is gone for the others. Until then they may ask it to stop something.
    func leave() async {
        tell(.gone)
        await subscription.drain()
    }

    /// Stops what runs and waits in the other instances. Returns how much that was.
    func stop(_ order: StopOrder) async -> Int {
        let peers = names
        return await withTaskGroup(of: Int.self) { group in
            group.addTask { await self.ask(peers, to: order) }
            group.addTask {
                try? await self.time.sleep(until: self.time.now + Self.patience)
                return 0
            }
            var stopped = 0
            for await count in group {
                stopped += count
                group.cancelAll()
            }
            return stopped
        }
    }

    /// Counts what each of them says once, until all have said it or it is cancelled. One that does not has ended, or cannot be reached: what
    /// it runs goes on, and is not counted.
    private func ask(_ peers: Set<String>, to order: StopOrder) async -> Int {
        guard !peers.isEmpty,
            let replies = try? connection.requestMany(
                PeerMessage.stop(order).encode(from: instance), to: Subjects.peers, idleTimeout: Self.patience)
        else { return 0 }
        var stopped: [String: Int] = [:]
        var iterator = replies.makeAsyncIterator()
        while stopped.count < peers.count, let reply = try? await iterator.next() {
            guard let (count, peer) = PeerMessage.decode(stopped: reply.payload), peers.contains(peer),
                (0...Self.mostStopped).contains(count)
            else { continue }
            stopped[peer] = stopped[peer] ?? count
        }
        return stopped.values.reduce(0, +)
    }

    private func take(_ message: NATSMessage) {
        guard let (said, sender) = PeerMessage.decode(message.payload), sender != instance else { return }
        if said == .gone { return book.withLock { $0.left(sender) } }
        book.withLock { $0.heard(sender, now: time.now, isBridge: said.isBridge) }
        switch said {
        case .hello: tell(presence)
        case .stop(let order):
            let stopped = stopHere(order)
            guard let reply = message.reply, Subjects.mayReceiveReplies(reply) else { return }
            outbox.publish(PeerMessage.encode(stopped: stopped, by: instance), to: reply, headers: [])
        case .here, .gone: break
        }
    }

    private func beat() async {
        var hasBegun = false
        await outbox.beat(every: Self.heartbeat, time: time) {
            let isBridge = self.isBridge.load(ordering: .relaxed)
            self.tell(hasBegun ? .here(isBridge: isBridge) : .hello(isBridge: isBridge))
            hasBegun = true
        }
    }

    private var presence: PeerMessage { .here(isBridge: isBridge.load(ordering: .relaxed)) }

    private func tell(_ message: PeerMessage) {
        outbox.publish(message.encode(from: instance), to: Subjects.peers, headers: [])
    }
}

extension LLMService {
    /// Stops what runs and waits in this instance. Returns how much it was.
    func stop(_ order: StopOrder) -> Int {
        switch order {
        case .request(let id): cancel(requestID: id)
        case .channel(let channel): cancel(channel: channel)
        case .user(let user, let channel): cancel(channel: channel, user: user)
        }
    }
}
