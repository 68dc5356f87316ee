@testable import NATSPlugin

/// What an instance does around its coordinator.
extension ClusterSimulation {
    struct Job {
        let message: Int
        let placement: Coordinator<Int>.Placement
        var hasBegun = false
        var isDone = false
    }

    struct Node {
        let name: String
        var coordinator: Coordinator<Int>
        var isAlive = true
        var isPaused = false
        var isConnected = true
        var isLeaving = false
        /// Of its last office.
        var term: UInt64 = 0
        /// Whether the server passes it what comes in.
        var isOpen = false
        /// Whether the server passes it anything, and whether all of it is there.
        var isDraining = false
        var isDrained = false
        /// What waits and what runs, of each channel, and of each message without one.
        var lanes: [Int: [Job]] = [:]
        var load = 0
        /// What its coordinator keeps to itself.
        var held: Set<Int> = []
        /// What it gave back, by sequence.
        var returned: [UInt64: Int] = [:]
        /// The versions of the documents of channels, as it remembers them.
        var versions: [Int: Int] = [:]
        /// When the last that it sent arrives, and the last that is sent to it.
        var lastOut = 0
        var lastIn = 0
        /// What it sends while it is not connected, and what happens to it while it is paused.
        var outgoing: [Packet] = []
        var backlog: [Event] = []
        /// What it tells others at the end of its turn.
        var acknowledgements: [(acknowledgement: Acknowledgement, member: String)] = []
        /// When the pings were sent that may still be answered.
        var pings: [Int: Int] = [:]
    }

    /// The channel of a message, or what stands for it where it has none.
    static func lane(_ message: Int) -> Int { message % 8 < channels ? message % 8 : 1000 + message }
    static func key(_ lane: Int) -> UInt64? { lane < channels ? keys[lane] : nil }
    private static let keys = (0..<channels).map { PartitionTable.key("channel-\($0)") }

    private func isBusy(_ lane: Int, at node: Int) -> Bool { nodes[node].lanes[lane]?.isEmpty == false }

    private func busyKeys(_ node: Int) -> [UInt64] {
        nodes[node].lanes.filter { !$0.value.isEmpty }.keys.sorted().compactMap(Self.key)
    }

    mutating func happen(_ event: Event, at node: Int) throws(Violation) {
        if let trace {
            switch event {
            case .ticks, .pingEnds: break
            default:
                let membership = nodes[node].coordinator.membership
                trace("\(now) \(nodes[node].name) \(membership.role) s\(membership.session) \(event)")
            }
        }
        let (time, load) = (instant(now), nodes[node].load)
        switch event {
        case .arrives(_, let packet, let sender): try arrive(packet, from: sender, at: node)
        case .pingEnds(_, let ping):
            guard nodes[node].pings.removeValue(forKey: ping) != nil else { return }
            let busy = busyKeys(node)
            perform(nodes[node].coordinator.missed(isGone: false, load: load, busy: busy, now: time), at: node)
        case .ticks:
            schedule(now + 200, .ticks(node))
            let (isConnected, busy) = (nodes[node].isConnected, busyKeys(node))
            perform(
                nodes[node].coordinator.tick(isConnected: isConnected, load: load, busy: busy, now: time), at: node)
            endIfDone(node)
        case .worked(_, let message):
            let lane = Self.lane(message)
            guard nodes[node].lanes[lane]?.first?.message == message else { return }
            nodes[node].lanes[lane]?[0].isDone = true
            try end(lane, at: node)
        case .reconnects: reconnect(node)
        default: break
        }
        for lane in nodes[node].lanes.keys.sorted() { try end(lane, at: node) }
        try beginAll(at: node)
        sendAcknowledgements(from: node)
    }

    private mutating func sendAcknowledgements(from node: Int) {
        let waiting = nodes[node].acknowledgements
            .filter { nodes[node].coordinator.mayTell($0.acknowledgement, now: instant(now)) }
        nodes[node].acknowledgements = []
        for (member, its) in Dictionary(grouping: waiting, by: \.member).sorted(by: { $0.key < $1.key }) {
            let said = ClusterMessage.acknowledgements(its.map(\.acknowledgement))
            send(.said(said, to: .member(member), ping: 0), from: node)
        }
    }

    private mutating func arrive(_ packet: Packet, from sender: Int, at node: Int) throws(Violation) {
        let (time, load) = (instant(now), nodes[node].load)
        switch packet {
        case .message(let message): receive(message, at: node)
        case .handed(let message, .passedOn, _): receive(message, at: node, isPassedOn: true)
        case .handed(let message, let handing, _):
            let isBusyHere = isBusy(Self.lane(message), at: node)
            perform(
                nodes[node].coordinator.handed(message, handing, isBusyHere: isBusyHere, load: load, now: time),
                at: node)
        case .said(let said, _, let ping):
            let busy = busyKeys(node)
            let (effects, reply) = nodes[node].coordinator.heard(said, load: load, busy: busy, now: time)
            if let reply { send(.pong(reply, to: sender, ping: ping), from: node) }
            perform(effects, at: node)
        case .pong(let pong, _, let ping):
            guard let sent = nodes[node].pings.removeValue(forKey: ping) else { return }
            let busy = busyKeys(node)
            perform(
                pong.map {
                    nodes[node].coordinator.answered($0, sent: instant(sent), load: load, busy: busy, now: time)
                } ?? nodes[node].coordinator.missed(isGone: true, load: load, busy: busy, now: time), at: node)
        case .drained:
            nodes[node].isDrained = true
            endIfDone(node)
        case .answer, .opens, .closes, .drains: break
        }
    }

    private mutating func receive(_ message: Int, at node: Int, isPassedOn: Bool = false) {
        let lane = Self.lane(message)
        nodes[node].held.insert(message)
        if let placement = nodes[node].coordinator.placementIfAlone, !isPassedOn {
            return perform([.work(message, placement)], at: node)
        }
        perform(
            nodes[node].coordinator.received(
                message, key: Self.key(lane), isBusyHere: isBusy(lane, at: node), load: nodes[node].load,
                isPassedOn: isPassedOn, now: instant(now)), at: node)
    }

    mutating func perform(_ effects: [Coordinator<Int>.Effect], at node: Int) {
        for effect in effects {
            if let trace {
                if case .resume = effect {} else { trace("\(now) \(nodes[node].name)     \(effect)") }
            }
            switch effect {
            case .work(let message, let placement):
                nodes[node].held.remove(message)
                nodes[node].lanes[Self.lane(message), default: []].append(Job(message: message, placement: placement))
                nodes[node].load += 1
            case .hand(let message, let member, let handing):
                nodes[node].held.remove(message)
                send(.handed(message, handing, to: member), from: node)
            case .acknowledge(let acknowledgement, let member):
                nodes[node].acknowledgements.append((acknowledgement, member))
            case .send(let said, let recipient):
                sendAcknowledgements(from: node)
                var ping = 0
                if recipient == .intake {
                    lastPing += 1
                    ping = lastPing
                    nodes[node].pings[ping] = now
                    schedule(now + 150, .pingEnds(node, ping: ping))
                }
                send(.said(said, to: recipient, ping: ping), from: node)
            case .open:
                nodes[node].term = nodes[node].coordinator.membership.term
                send(.opens, from: node)
            case .close: send(.closes, from: node)
            case .resume: break
            case .forget(let partitions):
                for channel in 0..<Self.channels {
                    if let key = Self.key(channel), partitions.contains(PartitionTable.partition(of: key)) {
                        nodes[node].versions[channel] = nil
                    }
                }
            }
        }
    }

    // MARK: work

    private mutating func beginAll(at node: Int) throws(Violation) {
        guard nodes[node].load > 0 else { return }
        for lane in nodes[node].lanes.keys.sorted() { try begin(lane, at: node) }
    }

    private mutating func begin(_ lane: Int, at node: Int) throws(Violation) {
        while let job = nodes[node].lanes[lane]?.first, !job.hasBegun {
            let (permission, effects) = nodes[node].coordinator.mayBegin(job.placement, now: instant(now))
            if permission == .refused, let handing = job.placement.handing {
                nodes[node].returned[handing.sequence] = job.message
            }
            perform(effects, at: node)
            switch permission {
            case .granted:
                try read(job.message, at: node)
                nodes[node].lanes[lane]?[0].hasBegun = true
                schedule(now + Int.random(in: 1...300, using: &random), .worked(node, message: job.message))
                return
            case .wait: return
            case .refused: leave(job, at: node)
            case .passOn(let member):
                send(.handed(job.message, .passedOn, to: member), from: node)
                leave(job, at: node)
            }
        }
    }

    /// What is done is told, as soon as that is known to be this node's to do.
    private mutating func end(_ lane: Int, at node: Int) throws(Violation) {
        guard let job = nodes[node].lanes[lane]?.first, job.isDone else { return }
        switch nodes[node].coordinator.mayEnd(job.placement, isConnected: nodes[node].isConnected) {
        case .granted:
            write(job.message, at: node)
            // An answer does not overtake that its work had begun.
            sendAcknowledgements(from: node)
            send(.answer(job.message), from: node)
        case .wait: return
        case .refused, .passOn: break
        }
        leave(job, at: node)
        try begin(lane, at: node)
    }

    private mutating func leave(_ job: Job, at node: Int) {
        let lane = Self.lane(job.message)
        nodes[node].lanes[lane]?.removeFirst()
        nodes[node].load -= 1
        let isBusyHere = isBusy(lane, at: node)
        if !isBusyHere { nodes[node].lanes[lane] = nil }
        perform(
            nodes[node].coordinator.ended(
                job.placement, key: Self.key(lane), isBusyHere: isBusyHere, now: instant(now)), at: node)
    }

    // MARK: connection and end

    /// It subscribes anew first, then sends what has waited.
    private mutating func reconnect(_ node: Int) {
        nodes[node].isConnected = true
        if nodes[node].coordinator.membership.role == .intake { send(.opens, from: node) }
        let outgoing = nodes[node].outgoing
        nodes[node].outgoing = []
        for packet in outgoing { send(packet, from: node) }
        let (load, busy) = (nodes[node].load, busyKeys(node))
        perform(nodes[node].coordinator.reconnected(load: load, busy: busy, now: instant(now)), at: node)
    }

    /// Whoever leaves and has nothing left takes what was on its way, and then goes.
    private mutating func endIfDone(_ node: Int) {
        guard nodes[node].isLeaving, nodes[node].load == 0, !nodes[node].coordinator.isNeeded else { return }
        if !nodes[node].isDraining {
            nodes[node].isDraining = true
            send(.closes, from: node)
            send(.drains, from: node)
        }
        guard nodes[node].isDrained else { return }
        send(.said(.gone(nodes[node].name, session: .max), to: .everybody, ping: 0), from: node)
        (nodes[node].isAlive, nodes[node].isOpen) = (false, false)
    }
}
