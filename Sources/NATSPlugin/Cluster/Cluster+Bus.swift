import BusProtocol
import Concurrency
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// What the instances say to each other, on the connection's loop.
extension Cluster {
    /// How long instances are waited for that were there a moment ago, all together.
    private static let stopTimeout = Duration.seconds(2)
    /// A ping is answered in less, or not.
    private static let pingTimeout = Duration.milliseconds(150)
    /// No instance has so much to stop: what says more is none of us.
    private static let mostStopped = 100_000

    private var here: Host? { host.withLock { $0 } }
    var load: Int { here?.load() ?? 0 }
    private var busy: [UInt64] { here?.busyKeys ?? [] }

    func isBusy(_ channel: String?) -> Bool {
        guard let channel, let here else { return false }
        return here.isBusy(channel)
    }

    func change(_ body: (inout Coordinator<IncomingMessage>) -> [Coordinator<IncomingMessage>.Effect]) {
        perform(state.withLock { body(&$0.coordinator) })
    }

    func tick() {
        noticeReconnection()
        let (isConnected, load, now) = (connection.isConnected, load, time.now)
        change { $0.tick(isConnected: isConnected, load: load, busy: busy, now: now) }
        tellOfInstances()
    }

    /// Where the connection was lost and is there again, what was said meanwhile is lost: to be noticed before anything that has
    /// come since, however short the loss was.
    func noticeReconnection() {
        let generation = connection.generation
        let isNew = state.withLock { state in
            defer { state.generation = generation }
            return state.generation != generation
        }
        guard isNew else { return }
        let (load, now) = (load, time.now)
        change { $0.reconnected(load: load, busy: busy, now: now) }
    }

    func receive(_ message: IncomingMessage, isPassedOn: Bool) {
        noticeReconnection()
        let (isBusy, load) = (isBusy(message.channel), load)
        change {
            $0.received(
                message, key: message.channel.map(PartitionTable.key), isBusyHere: isBusy, load: load,
                isPassedOn: isPassedOn,
                now: time.now)
        }
    }

    func handed(_ message: NATSMessage) {
        guard let (handing, subject, reply) = Handing.decode(message.subject) else { return }
        noticeReconnection()
        let original = NATSMessage(subject: subject, reply: reply, payload: message.payload, headers: message.headers)
        guard let incoming = here?.decode(original) else { return }
        if handing == .passedOn { return receive(incoming, isPassedOn: true) }
        let (isBusy, load) = (isBusy(incoming.channel), load)
        change { $0.handed(incoming, handing, isBusyHere: isBusy, load: load, now: time.now) }
    }

    func heard(_ message: NATSMessage) {
        if let said = ClusterMessage.decode(message.payload) {
            noticeReconnection()
            let load = load
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
        let stopped = here?.stop(order) ?? 0
        guard let reply = message.reply, Subjects.mayReceiveReplies(reply) else { return }
        outbox.publish(PeerMessage.encode(stopped: stopped, by: rank.id), to: reply, headers: [])
    }

    func perform(_ effects: [Coordinator<IncomingMessage>.Effect]) {
        defer { tellOfRole() }
        for effect in effects {
            switch effect {
            case .work(let message, let placement): here?.work(message, placement)
            case .hand(let message, let member, let handing):
                if !hand(message.message, to: member, handing) {
                    // Nobody else gets it.
                    change {
                        $0.heard(.acknowledgements([.done(handing.sequence)]), load: 0, busy: [], now: time.now).effects
                    }
                    here?.work(message, state.withLock { $0.coordinator.placementHere })
                }
            case .send(let said, let recipient): send(said, to: recipient)
            case .acknowledge(let acknowledgement, let member): acknowledge(acknowledgement, to: member)
            case .open: open()
            case .close: close()
            case .resume:
                let parked = state.withLock { state in
                    defer { state.parked = [:] }
                    return state.parked
                }
                for waiter in parked.values { waiter.resume() }
            case .forget(let partitions):
                here?.forget(partitions) { PartitionTable.partition(of: PartitionTable.key($0)) }
            }
        }
    }

    private func tellOfRole() {
        let (role, relief, release) = state.withLock { state in
            let role = state.coordinator.membership.role
            return (
                role, role == .intake ? nil : state.relief.take(),
                state.release == nil || state.coordinator.isNeeded ? nil : state.release.take()
            )
        }
        if role != .joining, !settled.isOpen { settled.open() }
        relief?.resume()
        release?.resume()
    }

    /// Tells the log when there are more or fewer instances than before.
    private func tellOfInstances() {
        let (count, intake) = state.withLock { state in
            let (members, role) = (state.coordinator.members, state.coordinator.membership.role)
            let intake = state.coordinator.membership.intake
            guard role != .joining, members.count != state.toldCount else { return (nil as Int?, nil as String?) }
            state.toldCount = members.count
            return (members.count, members.first { $0.id == intake ?? rank.id }?.name)
        }
        guard let count else { return }
        log.info("Instances share the channels", [.count: String(count), .intake: intake ?? ""])
    }

    private func send(_ said: ClusterMessage, to recipient: Coordinator<IncomingMessage>.Recipient) {
        // What was said before it comes before it.
        sendAcknowledgements()
        switch recipient {
        case .everybody: outbox.publish(said.encode(), to: group.peers, headers: [])
        case .member(let member): outbox.publish(said.encode(), to: Subjects.member(member), headers: [])
        case .intake: ping(said)
        }
    }

    /// Tells a member at the end of the loop's turn, with all else that it is to know.
    private func acknowledge(_ acknowledgement: Acknowledgement, to member: String) {
        let isFirst = state.withLock { state in
            state.acknowledgements.append((acknowledgement, member))
            return state.acknowledgements.count == 1
        }
        if isFirst { connection.loop.execute { self.sendAcknowledgements() } }
    }

    func sendAcknowledgements() {
        let now = time.now
        let waiting = state.withLock { state in
            let waiting = state.acknowledgements.filter { state.coordinator.mayTell($0.acknowledgement, now: now) }
            state.acknowledgements = []
            return waiting
        }
        for (member, its) in Dictionary(grouping: waiting, by: \.member) {
            let message = ClusterMessage.acknowledgements(its.map(\.acknowledgement))
            outbox.publish(message.encode(), to: Subjects.member(member), headers: [])
        }
    }

    /// Returns whether a message is on its way to another instance.
    private func hand(_ message: NATSMessage, to member: String, _ handing: Handing) -> Bool {
        let subject = handing.encode(to: member, message.subject, message.reply)
        guard NATSSubject.isPublishable(subject) else { return false }
        return outbox.publish(message.payload, to: subject, headers: message.headers.fields)
    }

    private func open() {
        guard state.withLock({ $0.intake.isEmpty && !$0.isDraining && !$0.isOver }) else { return }
        do throws(NATSError) {
            // Who asks whether there is an intake is to find it only once it hears.
            var intake: [NATSDirectSubscription] = []
            for (subject, queueGroup) in entrances {
                intake.append(
                    try connection.subscribe(subject, queueGroup: queueGroup) { [weak self] in
                        self?.here?.receive($0)
                    })
            }
            intake.append(try connection.subscribe(group.intake) { [weak self] in self?.heard($0) })
            state.withLock { $0.intake = intake }
            here?.takeJobs(true)
        } catch {
            log.error("Cannot subscribe to the subjects of requests", [.reason: error.description])
        }
    }

    private func close() {
        here?.takeJobs(false)
        let intake = state.withLock { state in
            defer { state.intake = [] }
            return state.intake
        }
        Task { await Self.drain(intake) }
    }

    private func ping(_ said: ClusterMessage) {
        let sent = time.now
        Task(executorPreference: connection.loop) { await self.send(ping: said, at: sent) }
    }

    private func send(ping: ClusterMessage, at sent: ContinuousClock.Instant) async {
        do throws(NATSError) {
            let reply = try await connection.request(
                ping.encode(), to: group.intake, timeout: Self.pingTimeout)
            let load = load
            guard let pong = ClusterMessage.decode(reply.payload) else {
                return change { $0.missed(isGone: false, load: load, busy: busy, now: time.now) }
            }
            let now = time.now
            state.withLock { $0.handoverDelay = (now - sent) / 2 }
            change { $0.answered(pong, sent: sent, load: load, busy: busy, now: now) }
        } catch {
            guard error.code == .noResponders || error.code == .timeout else { return }
            let load = load
            change { $0.missed(isGone: error.code == .noResponders, load: load, busy: busy, now: time.now) }
        }
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
                PeerMessage.stop(order).encode(from: rank.id), to: group.peers, idleTimeout: Self.stopTimeout)
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
