import BusProtocol
import Concurrency
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// The instances of the service on the same bus, and which of them works on what: carries out over NATS what the
/// ``Coordinator`` decides. Everything happens on the connection's event loop, one thing after the other.
final class Cluster: Sendable {
    typealias Placement = Coordinator<IncomingMessage>.Placement

    /// What the coordinator asks of the instance.
    struct Host: Sendable {
        /// How many requests are in hand.
        var load: @Sendable () -> Int
        /// The channels that are worked on.
        var busyChannels: @Sendable () -> [String]
        /// Whether a channel is worked on.
        var isBusy: @Sendable (String) -> Bool
        /// Decodes a message that another instance hands over.
        var decode: @Sendable (NATSMessage) -> IncomingMessage
        /// Begins or ends to take jobs: this instance is the one that hears what comes in.
        var takeJobs: @Sendable (Bool) -> Void
        /// Decodes a message that came in, and has it admitted.
        var receive: @Sendable (NATSMessage) -> Void
        /// Takes a message into the queue.
        var work: @Sendable (IncomingMessage, Placement) -> Void
        /// Reads the documents of some partitions' channels anew at the next look.
        var forget: @Sendable (Set<Int>, _ partition: @escaping @Sendable (_ channel: String) -> Int) -> Void
        /// Stops what runs and waits here, and returns how much.
        var stop: @Sendable (StopOrder) -> Int

        /// The keys of the channels that are worked on.
        var busyKeys: [UInt64] { busyChannels().map(PartitionTable.key) }
    }

    struct State {
        var coordinator: Coordinator<IncomingMessage>
        /// Where messages come in, while this instance is the intake.
        var intake: [NATSDirectSubscription] = []
        /// Requests that wait to know whether they may begin.
        var parked: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastParked: UInt64 = 0
        /// What others are told at the end of the loop's turn.
        var acknowledgements: [(acknowledgement: Acknowledgement, member: String)] = []
        /// Resumed once another one is the intake, and once nobody needs this instance any more.
        var relief: WaitSlot<Void>?
        var release: WaitSlot<Void>?
        var handoverDelay: Duration?
        /// How many instances the log has told of.
        var toldCount = 1
        /// The connection's when it was looked at last.
        var generation = 0
        var isDraining = false
        var isOver = false
    }

    /// Where messages come in.
    typealias Entrance = (subject: String, queueGroup: String)

    let connection: NATSConnection
    let outbox: Outbox
    let group: InstanceGroup
    let entrances: [Entrance]
    let rank: MemberRank
    let time: any TimeSource
    let log: Log
    let state: Mutex<State>
    /// Asked under the lock of ``state``.
    let host = Mutex<Host?>(nil)
    private let subscriptions: Mutex<[NATSDirectSubscription]>
    /// This instance knows who hears the messages.
    let settled = Latch()

    /// - Parameters:
    ///   - name: of this instance, for the operator.
    ///   - group: the instances that it is one of.
    ///   - isBridge: whether it takes lines from the bot's own bus.
    init(
        _ name: String, on connection: NATSConnection, outbox: Outbox, group: InstanceGroup, entrances: [Entrance],
        isBridge: Bool, log: Log, time: any TimeSource
    ) {
        (self.connection, self.outbox, self.group, self.entrances) = (connection, outbox, group, entrances)
        (self.log, self.time) = (log, time)
        // Not the instance's name: that may have been given twice.
        let id = PluginSettings.newInstance() + PluginSettings.newInstance()
        rank = MemberRank(id: id, name: name, since: time.timestamp.milliseconds, isBridge: isBridge)
        state = Mutex(State(coordinator: Coordinator(rank, now: time.now)))
        subscriptions = Mutex([])
    }

    // MARK: for the operator

    /// How many others there are.
    var count: Int { state.withLock { $0.coordinator.members.count } - 1 }

    /// Whether this is the one, of all that could, that takes lines from the bot's own bus.
    var isFirstBridge: Bool {
        let (members, role) = state.withLock { ($0.coordinator.members, $0.coordinator.membership.role) }
        return rank.isBridge && role != .joining && members.first { $0.isBridge } == rank
    }

    /// How many messages this instance has handed to others.
    var handedOver: Int { state.withLock { $0.coordinator.handedOver } }

    /// How many of the partitions are this instance's.
    var partitions: Int { state.withLock { $0.coordinator.partitions[rank.id] ?? 0 } }

    /// How much longer a message takes that is handed over: half of what a question to the intake took last; nil where none
    /// was asked.
    var handoverDelay: Duration? { state.withLock { $0.handoverDelay } }

    /// What an operator is told of the instances.
    var status: InstancesStatus {
        state.withLock { state in
            let coordinator = state.coordinator
            let (partitions, intake) = (coordinator.partitions, coordinator.membership.intake ?? rank.id)
            let instances = coordinator.members.map { member in
                InstancesStatus.Instance(
                    name: member.name, partitions: partitions[member.id], isIntake: member.id == intake)
            }
            return InstancesStatus(
                instances: instances, handedOver: coordinator.handedOver, handoverDelay: state.handoverDelay)
        }
    }

    // MARK: its life

    /// Subscribes, and looks for the others.
    func start(_ host: Host) throws(NATSError) {
        self.host.withLock { $0 = host }
        state.withLock { $0.generation = connection.generation }
        let own = [
            try connection.subscribe(group.peers) { [weak self] in self?.heard($0) },
            try connection.subscribe(Subjects.member(rank.id)) { [weak self] in self?.heard($0) },
            try connection.subscribe(Subjects.handed(to: rank.id)) { [weak self] in self?.handed($0) },
        ]
        subscriptions.withLock { $0 = own }
        change { $0.tick(isConnected: true, load: 0, busy: [], now: time.now) }
    }

    /// Returns once some instance, this one or another, hears what comes in, as far as this one has told the server or was told.
    func started() async { await settled.wait() }

    /// Is there for the others until it is cancelled.
    func run() async {
        while (try? await time.sleep(until: time.now + Membership.pingInterval)) != nil {
            await connection.loop.run { self.tick() }
        }
    }

    /// Passes the intake on, if this instance is it. What it has not begun from now on goes to others, if there are any.
    func beginLeaving() async {
        let relief = WaitSlot<Void>()
        let waits = await connection.loop.run {
            let load = self.load
            self.change { $0.leave(load: load, now: self.time.now) }
            return self.state.withLock { state in
                let waits = state.coordinator.membership.role == .intake && state.coordinator.hasSuccessor
                if waits { state.relief = relief }
                return waits
            }
        }
        guard waits else { return }
        time.call(at: time.now + .milliseconds(500)) { relief.resume() }
        _ = await relief.wait()
    }

    /// Takes nothing new.
    func drain() async {
        let intake = state.withLock { state in
            defer { (state.intake, state.isDraining) = ([], true) }
            return state.intake
        }
        await Self.drain(intake)
    }

    /// Is gone for the others, as soon as none of them needs it. Until then they may ask it to stop something.
    func leave() async {
        let release = WaitSlot<Void>()
        let waits = state.withLock { state in
            let waits = state.coordinator.isNeeded && connection.isConnected
            if waits { state.release = release }
            return waits
        }
        if waits {
            time.call(at: time.now + .seconds(1)) { release.resume() }
            _ = await release.wait()
        }
        outbox.publish(ClusterMessage.gone(rank.id, session: .max).encode(), to: group.peers, headers: [])
        let (parked, intake) = state.withLock { state in
            state.isOver = true
            defer { (state.parked, state.intake) = ([:], []) }
            return (state.parked, state.intake)
        }
        settled.open()
        for waiter in parked.values { waiter.resume() }
        await Self.drain(intake + subscriptions.withLock { $0 })
        // They keep this one, as it does them.
        host.withLock { $0 = nil }
        state.withLock { $0.coordinator.dispatcher = nil }
    }

    /// Ends subscriptions, all at once: while one after the other waits for the server, messages would still come to the rest.
    static func drain(_ subscriptions: [NATSDirectSubscription]) async {
        await withDiscardingTaskGroup { group in
            for subscription in subscriptions { group.addTask { await subscription.drain() } }
        }
    }
}
