import CoreTestSupport

@testable import NATSPlugin

/// Some instances, a server between them, and senders, under a schedule of delays, joins, ends, deaths, pauses and lost
/// connections that a seed decides. Looks after every step whether what is promised holds.
struct ClusterSimulation {
    /// What was found wrong.
    struct Violation: Error, CustomStringConvertible {
        let seed: UInt64
        let chaos: Chaos
        let time: Int
        let text: String
        var description: String { "schedule \(chaos.rawValue) \(seed), at \(time) ms: \(text)" }
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
        /// The kinds of schedules that are run.
        static let kinds: [Chaos] = [.plain, .pauses, .disconnects, .all]

        /// Whether nobody is silent and there all the same.
        var isPlain: Bool { isSubset(of: .plain) }
    }

    enum Packet {
        case message(Int)
        case handed(Int, Handing, to: String)
        case said(ClusterMessage, to: Coordinator<Int>.Recipient, ping: Int)
        /// What a ping is answered: nil where nobody hears it.
        case pong(ClusterMessage?, to: Int, ping: Int)
        case answer(Int)
        case opens, closes
        /// It wants nothing more to come, and hears of it when all that was on its way is there.
        case drains, drained
    }

    enum Event {
        case publish(Int)
        /// At the server.
        case sent(from: Int, Packet)
        case arrives(at: Int, Packet, from: Int)
        case ticks(Int)
        case pingEnds(Int, ping: Int)
        case worked(Int, message: Int)
        case chaos
        case resumes(Int), reconnects(Int)
    }

    static let channels = 6
    /// How many messages there are while things happen. Some belong to no channel.
    static let messages = 120
    private static let length = 6000

    let chaos: Chaos
    let trace: ((String) -> Void)?
    private let seed: UInt64
    private let start = ContinuousClock.now
    var random: SeededGenerator
    var now = 0
    /// What happens in each millisecond from now on.
    var agenda: [[Event]] = []
    var nodes: [Node] = []
    var lastPing = 0
    var promises = Promises()
    /// When the last that was silent is there again.
    private var lastSilence = 0

    private init(seed: UInt64, _ chaos: Chaos, trace: ((String) -> Void)?) {
        (self.seed, self.chaos, self.trace, random) = (seed, chaos, trace, SeededGenerator(seed: seed))
    }

    /// Runs one schedule.
    ///
    /// - Parameter trace: is told what happens.
    static func run(seed: UInt64, _ chaos: Chaos, trace: ((String) -> Void)? = nil) throws(Violation) {
        var simulation = ClusterSimulation(seed: seed, chaos, trace: trace)
        try simulation.run()
    }

    /// Runs `count` schedules of each kind in turn; the first has the seed `seed`, each further one the next. Returns what the
    /// first violation is, and nil if there is none.
    static func run(_ count: Int, seed: UInt64) -> String? {
        for number in 0..<count {
            do { try run(seed: seed &+ UInt64(number), Chaos.kinds[number % Chaos.kinds.count]) } catch {
                return "\(error)"
            }
        }
        return nil
    }

    private mutating func run() throws(Violation) {
        for _ in 0..<Int.random(in: 1...3, using: &random) { join() }
        for number in 0..<Self.messages {
            schedule(Int.random(in: 100...Self.length, using: &random), .publish(number))
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            schedule(Int.random(in: 300...Self.length - 500, using: &random), .chaos)
        }
        try proceed(to: Self.length)
        try proceed(to: max(lastSilence, now) + 1000)
        // All is quiet; now each channel is to be answered.
        let last = (0..<8).map { 1000 + $0 }
        for number in last { schedule(now, .publish(number)) }
        try proceed(to: now + 3000)
        for number in last where promises.answered[number] == nil {
            throw violation("\(number) is not answered after all is quiet")
        }
        let intakes = nodes.filter { $0.isAlive && $0.coordinator.membership.role == .intake }.count
        if intakes != 1 { throw violation("there are \(intakes) intakes") }
        if nodes.contains(where: { $0.isAlive && $0.isLeaving }) { throw violation("somebody does not end") }
        // Of two that are silent at the same time one may have what the other needs; and what was on its way is lost with a
        // connection.
        guard chaos.isPlain else { return }
        if let number = (0..<Self.messages).first(where: promises.isOwed) {
            throw violation("\(number) is not answered, though nobody died with it")
        }
    }

    func violation(_ text: String) -> Violation { Violation(seed: seed, chaos: chaos, time: now, text: text) }

    // MARK: time

    func instant(_ time: Int) -> ContinuousClock.Instant { start + .milliseconds(time) }

    mutating func schedule(_ time: Int, _ event: Event) {
        while agenda.count <= time { agenda.append([]) }
        agenda[time].append(event)
    }

    mutating func delay() -> Int { Int.random(in: 0...5, using: &random) }

    private mutating func proceed(to end: Int) throws(Violation) {
        while now < end {
            var next = 0
            while now < agenda.count, next < agenda[now].count {
                let event = agenda[now][next]
                next += 1
                try handle(event)
                if chaos.isPlain { try look() }
            }
            if now < agenda.count { agenda[now] = [] }
            now += 1
        }
    }

    private mutating func handle(_ event: Event) throws(Violation) {
        switch event {
        case .publish(let message):
            promises.published(message, now)
            deliver(message)
        case .sent(let node, let packet): try server(packet, from: node)
        case .chaos: disturb()
        case .resumes(let node):
            nodes[node].isPaused = false
            let backlog = nodes[node].backlog
            nodes[node].backlog = []
            // Before what comes in the same millisecond.
            for event in backlog { try handle(event) }
        case .arrives(let node, _, _), .ticks(let node), .pingEnds(let node, _), .worked(let node, _),
            .reconnects(let node):
            guard nodes[node].isAlive else { return }
            if nodes[node].isPaused {
                nodes[node].backlog.append(event)
            } else {
                try happen(event, at: node)
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
        let end = now + Int.random(in: 50...4000, using: &random)
        trace?("\(now) chaos \(kind.rawValue) \(nodes[node].name)")
        promises.disturbed(now)
        switch kind {
        case .ends where alive.count > 1:
            nodes[node].isLeaving = true
            perform(nodes[node].coordinator.leave(load: nodes[node].load, now: instant(now)), at: node)
        case .deaths where alive.count > 1:
            excuseWhatDies(with: node)
            promises.died(now)
            nodes[node].isAlive = false
            (nodes[node].isConnected, nodes[node].isOpen) = (false, false)
        case .pauses:
            nodes[node].isPaused = true
            lastSilence = max(lastSilence, end)
            schedule(end, .resumes(node))
        case .disconnects where nodes[node].isConnected:
            // One loses its connection, or the server is started anew.
            let isRestart = Int.random(in: 0..<3, using: &random) == 0
            for other in isRestart ? alive.filter({ nodes[$0].isConnected }) : [node] {
                let back = end + (isRestart ? Int.random(in: 0...300, using: &random) : 0)
                (nodes[other].isConnected, nodes[other].isOpen) = (false, false)
                lastSilence = max(lastSilence, back)
                schedule(back, .reconnects(other))
            }
        default: join()
        }
    }
}
