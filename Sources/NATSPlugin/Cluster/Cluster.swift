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
        /// Decodes a message that came in, and has it admitted.
        var receive: @Sendable (NATSMessage) -> Void
        /// The channel of a message; nil where it belongs to no conversation.
        var channel: @Sendable (NATSMessage) -> String?
        /// Takes a message into the queue.
        var work: @Sendable (IncomingMessage, Placement) -> Void
        /// Reads the documents of some channels anew at the next look.
        var forget: @Sendable (_ isForgotten: @escaping @Sendable (_ channel: String) -> Bool) -> Void
        /// Stops what runs and waits here, and returns how much.
        var stop: @Sendable (StopOrder) -> Int
    }

    /// How long instances are waited for that were there a moment ago, all together.
    private static let stopTimeout = Duration.seconds(2)
    /// A ping is answered in less, or not.
    private static let pingTimeout = Duration.milliseconds(150)
    /// No instance has so much to stop: what says more is none of us.
    private static let mostStopped = 100_000

    private struct State {
        var coordinator: Coordinator<IncomingMessage>
        var host: Host?
        /// Where messages come in, while this instance is the intake.
        var intake: [NATSDirectSubscription] = []
        /// Requests that wait to know whether they may begin.
        var parked: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastParked: UInt64 = 0
        var wasConnected = true
        var isDraining = false
        var isOver = false
    }

    private let connection: NATSConnection
    private let outbox: Outbox
    let subjects: [String]
    private let rank: MemberRank
    private let time: any TimeSource
    private let log: Log
    private let state: Mutex<State>
    private let subscriptions: Mutex<[NATSDirectSubscription]>
    /// This instance knows who hears the messages.
    private let settled = Latch()

    /// - Parameters:
    ///   - subjects: where messages come in.
    ///   - isBridge: whether it takes lines from the bot's own bus.
    init(
        on connection: NATSConnection, outbox: Outbox, subjects: [String], isBridge: Bool, log: Log,
        time: any TimeSource
    ) {
        (self.connection, self.outbox, self.subjects) = (connection, outbox, subjects)
        (self.log, self.time) = (log, time)
        // Not the instance's name: that may have been given twice.
        let id = PluginSettings.newInstance() + PluginSettings.newInstance()
        rank = MemberRank(id: id, since: time.timestamp.milliseconds, isBridge: isBridge)
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

    /// How many messages this instance has passed on to others.
    var handedOver: Int { state.withLock { $0.coordinator.handedOver } }

    /// How many of the partitions are this instance's; nil where only the intake knows.
    var partitions: Int? { state.withLock { $0.coordinator.partitions[$0.coordinator.membership.rank.id] } }

    // MARK: its life

    /// Subscribes, and looks for the others.
    func start(_ host: Host) throws(NATSError) {
        state.withLock { $0.host = host }
        let own = [
            try connection.subscribe(Subjects.peers) { [weak self] in self?.heard($0) },
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
        let waits = await connection.loop.run {
            let load = self.load
            self.change { $0.leave(load: load, now: self.time.now) }
            return self.state.withLock { $0.coordinator.membership.role == .intake && $0.coordinator.hasSuccessor }
        }
        guard waits else { return }
        let end = time.now + .milliseconds(500)
        while state.withLock({ $0.coordinator.membership.role == .intake }), time.now < end {
            try? await time.sleep(until: time.now + .milliseconds(2))
        }
    }

    /// Takes nothing new.
    func drain() async {
        let intake = state.withLock { state in
            defer { (state.intake, state.isDraining) = ([], true) }
            return state.intake
        }
        for subscription in intake { await subscription.drain() }
    }

    /// Is gone for the others. Until then they may ask it to stop something.
    func leave() async {
        outbox.publish(ClusterMessage.gone(rank.id).encode(), to: Subjects.peers, headers: [])
        let (parked, intake) = state.withLock { state in
            state.isOver = true
            defer { (state.parked, state.intake) = ([:], []) }
            return (state.parked, state.intake)
        }
        settled.open()
        for waiter in parked.values { waiter.resume() }
        for subscription in intake + subscriptions.withLock({ $0 }) { await subscription.drain() }
    }

    // MARK: the way of a message

    /// A message came in. Returns what it is to be worked on with; nil where another instance does, or where it is held.
    ///
    /// - Parameter channel: nil where it belongs to no conversation.
    func admit(_ message: NATSMessage, channel: String?) -> Placement? {
        if let placement = state.withLock({ $0.coordinator.placementIfAlone }) { return placement }
        receive(IncomingMessage(message: message, channel: channel), isPassedOn: false)
        return nil
    }

    /// Whether a request may be worked on now. Waits where that is not known for a moment.
    ///
    /// - Returns: false where another instance does it: it has been passed on.
    func begin(_ request: RequestContext) async -> Bool {
        guard let admission = request.admission else { return true }
        while true {
            switch ask(admission.placement) {
            case .granted: return true
            case .refused: return false
            case .passOn(let member):
                perform([.hand(admission.message, to: member, .passedOn)])
                return false
            case .wait:
                await park()
                // Whoever stops it says why.
                if Task.isCancelled { return true }
                if state.withLock({ $0.isOver }) { return true }
            }
        }
    }

    /// Waits until it may be known whether something may begin, or the task is cancelled.
    private func park() async {
        let number = state.withLock { state in
            state.lastParked += 1
            return state.lastParked
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let waits = state.withLock { state in
                    let waits = !state.isOver && !Task.isCancelled
                    if waits { state.parked[number] = waiter }
                    return waits
                }
                if !waits { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.parked.removeValue(forKey: number) }?.resume()
        }
    }

    /// A request is to be done at once. Returns false where another instance does it: it has been passed on.
    func began(_ request: RequestContext) -> Bool {
        guard let admission = request.admission else { return true }
        switch ask(admission.placement) {
        case .granted, .wait: return true
        case .refused: return false
        case .passOn(let member):
            perform([.hand(admission.message, to: member, .passedOn)])
            return false
        }
    }

    /// This instance ends. Returns whether another one works on a request that has not begun.
    func passOn(_ request: RequestContext) -> Bool {
        guard let admission = request.admission else { return false }
        switch ask(admission.placement) {
        case .granted, .wait: return false
        case .refused: return true
        case .passOn(let member):
            perform([.hand(admission.message, to: member, .passedOn)])
            return true
        }
    }

    private func ask(_ placement: Placement) -> Coordinator<IncomingMessage>.Permission {
        let (permission, effects) = state.withLock { $0.coordinator.mayBegin(placement, now: time.now) }
        perform(effects)
        return permission
    }

    /// Whether what has come of a request may be told.
    func mayEnd(_ request: RequestContext) -> Bool {
        guard let placement = request.admission?.placement, placement.handing != nil else { return true }
        let isConnected = connection.isConnected
        return state.withLock { $0.coordinator.mayEnd(placement, isConnected: isConnected) }
    }

    /// A request is done with.
    func ended(_ request: RequestContext) {
        guard let admission = request.admission, state.withLock({ $0.coordinator.placementIfAlone }) == nil else {
            return
        }
        let (channel, isBusy) = (admission.message.channel, isBusy(admission.message.channel))
        change { $0.ended(admission.placement, key: channel.map(PartitionTable.key), isBusyHere: isBusy) }
    }

    // MARK: stopping

    /// Stops what runs and waits in the other instances. Returns how much that was.
    func stop(_ order: StopOrder) async -> Int {
        let others = state.withLock { Set($0.coordinator.members.map(\.id)) }.subtracting([rank.id])
        guard !others.isEmpty else { return 0 }
        return await withTaskGroup(of: Int.self) { group in
            group.addTask { await self.ask(others, to: order) }
            group.addTask {
                try? await self.time.sleep(until: self.time.now + Self.stopTimeout)
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

    /// Counts what each of them says once, until all have said it or it is cancelled. One that does not has ended, or cannot be
    /// reached: what it runs goes on, and is not counted.
    private func ask(_ others: Set<String>, to order: StopOrder) async -> Int {
        guard
            let replies = try? connection.requestMany(
                PeerMessage.stop(order).encode(from: rank.id), to: Subjects.peers, idleTimeout: Self.stopTimeout)
        else { return 0 }
        var stopped: [String: Int] = [:]
        var iterator = replies.makeAsyncIterator()
        while stopped.count < others.count, let reply = try? await iterator.next() {
            guard let (count, member) = PeerMessage.decode(stopped: reply.payload), others.contains(member),
                (0...Self.mostStopped).contains(count)
            else { continue }
            stopped[member] = stopped[member] ?? count
        }
        return stopped.values.reduce(0, +)
    }

    // MARK: on the loop

    private var host: Host? { state.withLock { $0.host } }
    private var load: Int { host?.load() ?? 0 }
    private var busy: [UInt64] { host?.busyChannels().map(PartitionTable.key) ?? [] }

    private func isBusy(_ channel: String?) -> Bool {
        guard let channel, let host else { return false }
        return host.isBusy(channel)
    }

    private func change(_ body: (inout Coordinator<IncomingMessage>) -> [Coordinator<IncomingMessage>.Effect]) {
        perform(state.withLock { body(&$0.coordinator) })
    }

    private func tick() {
        let isConnected = connection.isConnected
        let wasAway = state.withLock { state in
            defer { state.wasConnected = isConnected }
            return isConnected && !state.wasConnected
        }
        let isAlone = state.withLock { $0.coordinator.placementIfAlone } != nil
        let (load, busy, now) = (load, isAlone ? [] : busy, time.now)
        if wasAway { change { $0.reconnected(load: load, busy: busy, now: now) } }
        change { $0.tick(isConnected: isConnected, load: load, busy: busy, now: now) }
    }

    private func receive(_ message: IncomingMessage, isPassedOn: Bool) {
        let (isBusy, load) = (isBusy(message.channel), load)
        change {
            $0.received(
                message, key: message.channel.map(PartitionTable.key), isBusyHere: isBusy, load: load,
                isPassedOn: isPassedOn,
                now: time.now)
        }
    }

    private func handed(_ message: NATSMessage) {
        guard let (handing, subject, reply) = Handing.decode(message.subject) else { return }
        let original = NATSMessage(subject: subject, reply: reply, payload: message.payload, headers: message.headers)
        let incoming = IncomingMessage(message: original, channel: host?.channel(original))
        if handing == .passedOn { return receive(incoming, isPassedOn: true) }
        let (isBusy, load) = (isBusy(incoming.channel), load)
        change { $0.handed(incoming, handing, isBusyHere: isBusy, load: load, now: time.now) }
    }

    private func heard(_ message: NATSMessage) {
        if let said = ClusterMessage.decode(message.payload) {
            let (load, busy) = (load, said.isAboutOne ? [] : busy)
            let (effects, reply) = state.withLock {
                $0.coordinator.heard(said, load: load, busy: busy, now: time.now)
            }
            if let reply, let subject = message.reply, Subjects.mayReceiveReplies(subject) {
                outbox.publish(reply.encode(), to: subject, headers: [])
            }
            return perform(effects)
        }
        guard let (said, sender) = PeerMessage.decode(message.payload), case .stop(let order) = said, sender != rank.id
        else { return }
        let stopped = host?.stop(order) ?? 0
        guard let reply = message.reply, Subjects.mayReceiveReplies(reply) else { return }
        outbox.publish(PeerMessage.encode(stopped: stopped, by: rank.id), to: reply, headers: [])
    }

    private func perform(_ effects: [Coordinator<IncomingMessage>.Effect]) {
        defer { if !settled.isOpen, state.withLock({ $0.coordinator.membership.role != .joining }) { settled.open() } }
        for effect in effects {
            switch effect {
            case .work(let message, let placement): host?.work(message, placement)
            case .hand(let message, let member, let handing):
                if member == rank.id {
                    receive(message, isPassedOn: true)
                } else if !hand(message.message, to: member, handing) {
                    // Nobody else gets it.
                    change { $0.heard(.done(handing.sequence), load: 0, busy: [], now: time.now).effects }
                    host?.work(message, state.withLock { $0.coordinator.placementHere })
                }
            case .send(let said, .everybody): outbox.publish(said.encode(), to: Subjects.peers, headers: [])
            case .send(let said, .member(let member)):
                outbox.publish(said.encode(), to: Subjects.member(member), headers: [])
            case .send(let said, .intake): ping(said)
            case .open: open()
            case .close: close()
            case .resume:
                let parked = state.withLock { state in
                    defer { state.parked = [:] }
                    return state.parked
                }
                for waiter in parked.values { waiter.resume() }
            case .forget(let partitions):
                host?.forget { partitions.contains(PartitionTable.partition(of: PartitionTable.key($0))) }
            }
        }
    }

    /// Returns whether a message is on its way to another instance.
    private func hand(_ message: NATSMessage, to member: String, _ handing: Handing) -> Bool {
        let subject = handing.encode(to: member, message.subject, message.reply)
        // The server takes lines of 4096 bytes; a longer one ends the connection.
        guard subject.utf8.count <= 3072 else { return false }
        return outbox.publish(message.payload, to: subject, headers: message.headers.fields)
    }

    private func open() {
        guard state.withLock({ $0.intake.isEmpty && !$0.isDraining && !$0.isOver }) else { return }
        do throws(NATSError) {
            // Who asks whether there is an intake is to find it only once it hears.
            var intake: [NATSDirectSubscription] = []
            for subject in subjects {
                intake.append(
                    try connection.subscribe(subject, queueGroup: Subjects.queueGroup) { [weak self] in
                        self?.host?.receive($0)
                    })
            }
            intake.append(try connection.subscribe(Subjects.intake) { [weak self] in self?.heard($0) })
            state.withLock { $0.intake = intake }
        } catch {
            log.error("Cannot subscribe where messages come in", [.reason: error.description])
        }
    }

    private func close() {
        let intake = state.withLock { state in
            defer { state.intake = [] }
            return state.intake
        }
        Task { for subscription in intake { await subscription.drain() } }
    }

    private func ping(_ said: ClusterMessage) {
        let sent = time.now
        Task(executorPreference: connection.loop) { await self.send(ping: said, at: sent) }
    }

    private func send(ping: ClusterMessage, at sent: ContinuousClock.Instant) async {
        do throws(NATSError) {
            let reply = try await connection.request(
                ping.encode(), to: Subjects.intake, timeout: Self.pingTimeout)
            let (load, busy) = (load, busy)
            guard let pong = ClusterMessage.decode(reply.payload) else {
                return change { $0.missed(isGone: false, load: load, busy: busy, now: time.now) }
            }
            change { $0.answered(pong, sent: sent, load: load, busy: busy, now: time.now) }
        } catch {
            guard error.code == .noResponders || error.code == .timeout else { return }
            let (load, busy) = (load, busy)
            change { $0.missed(isGone: error.code == .noResponders, load: load, busy: busy, now: time.now) }
        }
    }
}

/// A message that asks for something, as it came in.
struct IncomingMessage: Sendable {
    let message: NATSMessage
    /// Nil where it belongs to no conversation.
    let channel: String?
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
