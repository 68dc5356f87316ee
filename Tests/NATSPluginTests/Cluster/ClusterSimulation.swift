import CoreTestSupport

@testable import NATSPlugin

/// Some instances, a server between them, and senders, under a schedule of delays, joins, ends, deaths, pauses and lost
/// connections that a seed decides. Looks after every step whether what is promised holds.
struct ClusterSimulation {
    /// What was found wrong.
    struct Violation: Error, CustomStringConvertible {
        let seed: UInt64
        let time: Int
        let text: String
        var description: String { "seed \(seed), at \(time) ms: \(text)" }
    }

    /// What may happen to instances.
    struct Chaos: OptionSet {
        let rawValue: Int
        static let joins = Chaos(rawValue: 1)
        static let ends = Chaos(rawValue: 2)
        static let deaths = Chaos(rawValue: 4)
        static let pauses = Chaos(rawValue: 8)
        static let disconnects = Chaos(rawValue: 16)
        /// Nobody is silent and there all the same.
        static let plain: Chaos = [.joins, .ends, .deaths]
        static let all: Chaos = [.joins, .ends, .deaths, .pauses, .disconnects]
    }

    private struct Job {
        let message: Int
        let placement: Coordinator<Int>.Placement
        var hasBegun = false
    }

    private struct Node {
        let name: String
        var coordinator: Coordinator<Int>
        var isAlive = true
        var isPaused = false
        var isConnected = true
        var isLeaving = false
        /// Whether it hears what is sent to all and, as the server knows it, what comes in.
        var isOpen = false
        var lanes: [Int: [Job]] = [:]
        /// When the last that it sent arrives, and the last that is sent to it.
        var lastOut = 0
        var lastIn = 0
        /// What it sends while it is not connected, and what happens to it while it is paused.
        var outgoing: [Packet] = []
        var backlog: [Event] = []
        var pings: [Int: Int] = [:]
    }

    private enum Packet {
        case message(Int)
        case handed(Int, Handing, to: String)
        case said(ClusterMessage, to: Coordinator<Int>.Recipient, ping: Int)
        case answer(Int)
        case opens, closes
    }

    private enum Event {
        case publish(Int)
        /// At the server.
        case sent(from: Int, Packet)
        case arrives(at: Int, Packet, from: Int)
        case ponged(at: Int, ClusterMessage?, ping: Int)
        case ticks(Int)
        case pingEnds(Int, ping: Int)
        case worked(Int, message: Int)
        case chaos
        case resumes(Int), reconnects(Int)
    }

    private static let channels = 6

    private let seed: UInt64
    private let chaos: Chaos
    private var random: SeededGenerator
    private var now = 0
    private var agenda: [(time: Int, order: Int, event: Event)] = []
    private var order = 0
    private var nodes: [Node] = []
    private var answered: [Int: Int] = [:]
    private var lastAnswered: [Int: Int] = [:]
    private var published: [Int] = []
    /// When somebody was last seen to go, or two heard at once: messages of that moment may be lost, or swapped.
    private var unsettled = -10_000
    private var excused: Set<Int> = []
    private let start = ContinuousClock.now

    private init(seed: UInt64, _ chaos: Chaos) {
        (self.seed, self.chaos, random) = (seed, chaos, SeededGenerator(seed: seed))
    }

    /// Runs one schedule.
    static func run(seed: UInt64, _ chaos: Chaos) throws(Violation) {
        var simulation = ClusterSimulation(seed: seed, chaos)
        try simulation.run()
    }

    private func instant(_ time: Int) -> ContinuousClock.Instant { start + .milliseconds(time) }

    private mutating func run() throws(Violation) {
        for _ in 0..<Int.random(in: 1...3, using: &random) { join() }
        let length = 6000
        for number in 0..<120 {
            schedule(Int.random(in: 100...length, using: &random), .publish(number))
            published.append(-1)
        }
        // The senders of a channel send one after the other.
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            schedule(Int.random(in: 300...length - 500, using: &random), .chaos)
        }
        // All is quiet for a while; then each channel is to be answered.
        for channel in 0..<Self.channels {
            schedule(length + 9000 + channel, .publish(1000 + channel))
        }
        while let next = pop(), next.time < length + 20_000 {
            now = next.time
            try handle(next.event)
            try look()
        }
        for channel in 0..<Self.channels where answered[1000 + channel] == nil {
            throw violation("channel \(channel) is not answered after all is quiet")
        }
        let intakes = nodes.filter { $0.isAlive && $0.coordinator.membership.role == .intake }.count
        guard intakes == 1 || !nodes.contains(where: \.isAlive) else { throw violation("there are \(intakes) intakes") }
        // Of two that are silent at the same time one may have what the other needs; and what was on its way is lost with a
        // connection.
        guard chaos.isDisjoint(with: [.pauses, .disconnects]) else { return }
        for number in 0..<120 where answered[number] == nil && !excused.contains(number) {
            throw violation("message \(number) is not answered, though nobody died with it")
        }
    }

    private func violation(_ text: String) -> Violation { Violation(seed: seed, time: now, text: text) }

    // MARK: time

    private mutating func schedule(_ time: Int, _ event: Event) {
        order += 1
        let place = agenda.partitioningIndex { ($0.time, $0.order) > (time, order) }
        agenda.insert((time, order, event), at: place)
    }

    private mutating func pop() -> (time: Int, order: Int, event: Event)? {
        agenda.isEmpty ? nil : agenda.removeFirst()
    }

    private mutating func delay() -> Int { Int.random(in: 0...5, using: &random) }

    // MARK: what happens

    private mutating func handle(_ event: Event) throws(Violation) {
        switch event {
        case .publish(let message):
            published.append(message)
            deliver(message)
        case .sent(let node, let packet): try server(packet, from: node)
        case .chaos: disturb()
        case .resumes(let node): resume(node)
        case .reconnects(let node): reconnect(node)
        case .arrives(let node, _, _), .ponged(let node, _, _), .ticks(let node), .pingEnds(let node, _),
            .worked(let node, _):
            guard nodes[node].isAlive else { return }
            if nodes[node].isPaused {
                nodes[node].backlog.append(event)
            } else {
                try happen(event, at: node)
            }
        }
    }

    private mutating func happen(_ event: Event, at node: Int) throws(Violation) {
        let time = instant(now)
        let (load, busy) = (nodes[node].lanes.values.map(\.count).reduce(0, +), busyKeys(node))
        switch event {
        case .arrives(_, .message(let message), _): receive(message, at: node)
        case .arrives(_, .handed(let message, let handing, _), _):
            if handing == .passedOn { return receive(message, at: node, isPassedOn: true) }
            let isBusyHere = nodes[node].lanes[Self.channel(message)]?.isEmpty == false
            perform(
                nodes[node].coordinator.handed(
                    message, handing, isBusyHere: isBusyHere, load: load, now: time), at: node)
        case .arrives(_, .said(let said, _, let ping), let sender):
            let (effects, reply) = nodes[node].coordinator.heard(said, load: load, busy: busy, now: time)
            if let reply {
                let arrival = now + delay() + delay()
                schedule(arrival, .ponged(at: sender, reply, ping: ping))
            }
            perform(effects, at: node)
        case .ponged(_, let pong, let ping):
            guard let sent = nodes[node].pings.removeValue(forKey: ping) else { return }
            guard let pong else {
                return perform(
                    nodes[node].coordinator.missed(isGone: true, load: load, busy: busy, now: time), at: node)
            }
            perform(
                nodes[node].coordinator.answered(pong, sent: instant(sent), load: load, busy: busy, now: time), at: node
            )
        case .pingEnds(_, let ping):
            guard nodes[node].pings.removeValue(forKey: ping) != nil else { return }
            perform(nodes[node].coordinator.missed(isGone: false, load: load, busy: busy, now: time), at: node)
        case .ticks:
            schedule(now + 200, .ticks(node))
            perform(
                nodes[node].coordinator.tick(isConnected: nodes[node].isConnected, load: load, now: time), at: node)
            if nodes[node].isLeaving, nodes[node].lanes.allSatisfy({ $0.value.isEmpty }) { end(node) }
        case .worked(_, let message):
            guard let job = nodes[node].lanes[Self.channel(message)]?.first else { return }
            if nodes[node].coordinator.mayEnd(job.placement, isConnected: nodes[node].isConnected) {
                send(.answer(message), from: node)
            }
            finish(message, at: node)
        default: break
        }
    }

    private func busyKeys(_ node: Int) -> [UInt64] {
        nodes[node].lanes.filter { !$0.value.isEmpty }.keys.map(Self.key)
    }

    private static func channel(_ message: Int) -> Int { message % channels }
    private static func key(_ channel: Int) -> UInt64 { PartitionTable.key("channel-\(channel)") }

    private mutating func receive(_ message: Int, at node: Int, isPassedOn: Bool = false) {
        let channel = Self.channel(message)
        let isBusyHere = nodes[node].lanes[channel]?.isEmpty == false
        let load = nodes[node].lanes.values.map(\.count).reduce(0, +)
        perform(
            nodes[node].coordinator.received(
                message, key: Self.key(channel), isBusyHere: isBusyHere, load: load, isPassedOn: isPassedOn,
                now: instant(now)), at: node)
    }

    private mutating func perform(_ effects: [Coordinator<Int>.Effect], at node: Int) {
        for effect in effects {
            switch effect {
            case .work(let message, let placement):
                let channel = Self.channel(message)
                nodes[node].lanes[channel, default: []].append(Job(message: message, placement: placement))
                if nodes[node].lanes[channel]?.count == 1 { begin(channel, at: node) }
            case .hand(let message, let member, let handing):
                if member == nodes[node].name {
                    receive(message, at: node, isPassedOn: true)
                } else {
                    send(.handed(message, handing, to: member), from: node)
                }
            case .send(let said, let recipient):
                var ping = 0
                if recipient == .intake {
                    order += 1
                    ping = order
                    nodes[node].pings[ping] = now
                    schedule(now + 150, .pingEnds(node, ping: ping))
                }
                send(.said(said, to: recipient, ping: ping), from: node)
            case .open: send(.opens, from: node)
            case .close: send(.closes, from: node)
            case .resume: for channel in nodes[node].lanes.keys.sorted() { begin(channel, at: node) }
            case .forget: break
            }
        }
    }

    private mutating func begin(_ channel: Int, at node: Int) {
        while let job = nodes[node].lanes[channel]?.first, !job.hasBegun {
            let (permission, effects) = nodes[node].coordinator.mayBegin(job.placement, now: instant(now))
            perform(effects, at: node)
            switch permission {
            case .granted:
                nodes[node].lanes[channel]?[0].hasBegun = true
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

    private mutating func finish(_ message: Int, at node: Int) {
        let channel = Self.channel(message)
        guard let job = nodes[node].lanes[channel]?.first, job.message == message else { return }
        leave(job, at: node)
        begin(channel, at: node)
    }

    private mutating func leave(_ job: Job, at node: Int) {
        let channel = Self.channel(job.message)
        nodes[node].lanes[channel]?.removeFirst()
        let isBusy = nodes[node].lanes[channel]?.isEmpty == false
        perform(
            nodes[node].coordinator.ended(job.placement, key: Self.key(channel), isBusyHere: isBusy), at: node)
    }

    // MARK: the server

    private mutating func send(_ packet: Packet, from node: Int) {
        guard nodes[node].isConnected else {
            nodes[node].outgoing.append(packet)
            return
        }
        nodes[node].lastOut = max(nodes[node].lastOut, now + delay())
        schedule(nodes[node].lastOut, .sent(from: node, packet))
    }

    private mutating func pass(_ packet: Packet, to node: Int, from sender: Int) {
        nodes[node].lastIn = max(nodes[node].lastIn, now + delay())
        schedule(nodes[node].lastIn, .arrives(at: node, packet, from: sender))
    }

    private mutating func deliver(_ message: Int) {
        let hearing = nodes.indices.filter { nodes[$0].isOpen && nodes[$0].isConnected }
        if hearing.count != 1 { unsettled = now }
        guard let node = hearing.randomElement(using: &random) else {
            excused.insert(message)
            return
        }
        pass(.message(message), to: node, from: -1)
    }

    private mutating func server(_ packet: Packet, from node: Int) throws(Violation) {
        // What was on its way when the connection broke is lost with it.
        guard nodes[node].isConnected else { return }
        switch packet {
        case .opens:
            if nodes.contains(where: { $0.isOpen && $0.isConnected }) { unsettled = now }
            nodes[node].isOpen = true
        case .closes: nodes[node].isOpen = false
        case .answer(let message): try answer(message)
        case .handed(let message, _, let name):
            guard let target = nodes.firstIndex(where: { $0.name == name && $0.isAlive && $0.isConnected }) else {
                return
            }
            _ = message
            pass(packet, to: target, from: node)
        case .said(_, let recipient, let ping):
            switch recipient {
            case .everybody:
                for other in nodes.indices where other != node && nodes[other].isAlive && nodes[other].isConnected {
                    pass(packet, to: other, from: node)
                }
            case .member(let name):
                for other in nodes.indices where nodes[other].name == name && nodes[other].isConnected {
                    pass(packet, to: other, from: node)
                }
            case .intake:
                let intakes = nodes.indices.filter { nodes[$0].isOpen && nodes[$0].isConnected && $0 != node }
                if intakes.isEmpty { schedule(now + delay(), .ponged(at: node, nil, ping: ping)) }
                for intake in intakes { pass(packet, to: intake, from: node) }
            }
        case .message: break
        }
    }

    // MARK: what is promised

    private mutating func answer(_ message: Int) throws(Violation) {
        if answered[message] != nil { throw violation("message \(message) is answered twice") }
        answered[message] = now
        let channel = Self.channel(message)
        let (mine, last) = (published.lastIndex(of: message) ?? 0, lastAnswered[channel] ?? -1)
        // Swapped: only in the moment in which two heard, or where somebody was silent and came back.
        if chaos.isDisjoint(with: [.pauses, .disconnects]), mine < last, now - unsettled > 1000 {
            throw violation("message \(message) is answered after a later one of its channel")
        }
        lastAnswered[channel] = max(last, mine)
    }

    private func look() throws(Violation) {
        guard chaos.isDisjoint(with: [.pauses, .disconnects]) else { return }
        for channel in 0..<Self.channels {
            let working = nodes.filter { $0.isAlive && $0.lanes[channel]?.first?.hasBegun == true }
            if working.count > 1, now - unsettled > 500 {
                throw violation("\(working.map(\.name)) work on channel \(channel) at the same time")
            }
        }
    }

    // MARK: chaos

    private mutating func join() {
        let name = "n\(nodes.count)"
        let rank = MemberRank(id: name, since: Int64(now))
        nodes.append(Node(name: name, coordinator: Coordinator(rank, now: instant(now))))
        schedule(now, .ticks(nodes.count - 1))
    }

    private mutating func disturb() {
        let kinds = [Chaos.joins, .ends, .deaths, .pauses, .disconnects].filter(chaos.contains)
        let alive = nodes.indices.filter { nodes[$0].isAlive && !nodes[$0].isLeaving && !nodes[$0].isPaused }
        guard let kind = kinds.randomElement(using: &random), let node = alive.randomElement(using: &random) else {
            return
        }
        // Where two are silent at the same time, what one handed to the other may be lost.
        let isSilent = nodes.contains { $0.isAlive && ($0.isPaused || !$0.isConnected) }
        if isSilent, kind == .pauses || kind == .disconnects { lose(node) }
        switch kind {
        case .ends where alive.count > 1:
            nodes[node].isLeaving = true
            perform(nodes[node].coordinator.leave(load: 0, now: instant(now)), at: node)
        case .deaths where alive.count > 1:
            lose(node)
            nodes[node].isAlive = false
            (nodes[node].isConnected, nodes[node].isOpen) = (false, false)
        case .pauses:
            nodes[node].isPaused = true
            schedule(now + Int.random(in: 50...4000, using: &random), .resumes(node))
        case .disconnects:
            (nodes[node].isConnected, nodes[node].isOpen) = (false, false)
            for lane in nodes[node].lanes.values { for job in lane where job.hasBegun { excused.insert(job.message) } }
            schedule(now + Int.random(in: 50...4000, using: &random), .reconnects(node))
        default: join()
        }
    }

    private mutating func resume(_ node: Int) {
        nodes[node].isPaused = false
        let backlog = nodes[node].backlog
        nodes[node].backlog = []
        for event in backlog { schedule(now, event) }
    }

    /// It subscribes anew first, then sends what has waited.
    private mutating func reconnect(_ node: Int) {
        nodes[node].isConnected = true
        if nodes[node].coordinator.membership.role == .intake { send(.opens, from: node) }
        let outgoing = nodes[node].outgoing
        nodes[node].outgoing = []
        for packet in outgoing { send(packet, from: node) }
        let load = nodes[node].lanes.values.map(\.count).reduce(0, +)
        perform(nodes[node].coordinator.reconnected(load: load, now: instant(now)), at: node)
    }

    private mutating func end(_ node: Int) {
        guard nodes[node].coordinator.membership.role != .intake else { return }
        let name = nodes[node].name
        send(.said(.gone(name), to: .everybody, ping: 0), from: node)
        nodes[node].isAlive = false
    }

    /// What a node has in hand, or what is on its way to it, may be lost with it.
    private mutating func lose(_ node: Int) {
        for message in published where message >= 0 && answered[message] == nil { excused.insert(message) }
        unsettled = now
    }
}

extension Array {
    fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
