@testable import NATSPlugin

/// What is promised of each message and of each channel.
extension ClusterSimulation {
    struct Promises {
        /// When each message was published, its place among all, and when it was answered.
        private var publications: [Int: (time: Int, place: Int)] = [:]
        private(set) var answered: [Int: Int] = [:]
        /// What may be lost, and what may be swapped with another message of its channel.
        private var excused: Set<Int> = []
        private var swappable: Set<Int> = []
        /// The last message of each channel that was answered, by place.
        private var lastAnswered: [Int: Int] = [:]
        /// The versions of the documents of channels.
        fileprivate(set) var versions = Array(repeating: 0, count: channels)
        /// How many messages of a channel are to be answered, and when one last was.
        private var waiting = Array(repeating: 0, count: channels)
        private var lastProgress = Array(repeating: 0, count: channels)
        private var lastDisturbed = 0
        private var deaths: [Int] = []
        private var lastUnsettled = -1000
        fileprivate var lastHeard = 0

        /// For how long before and after two were heard at once, or nobody, messages may be swapped: what it takes from a
        /// sender over an intake to a member.
        private static let slack = 20

        mutating func published(_ message: Int, _ now: Int) {
            publications[message] = (now, publications.count)
            if now - lastUnsettled <= Self.slack { swappable.insert(message) }
            owe(message, now, by: 1)
        }

        private mutating func owe(_ message: Int, _ now: Int, by count: Int) {
            let lane = lane(message)
            guard lane < channels else { return }
            waiting[lane] += count
            lastProgress[lane] = now
        }

        /// Whether a message was published, and is to be answered yet.
        func isOwed(_ message: Int) -> Bool {
            publications[message] != nil && answered[message] == nil && !excused.contains(message)
        }

        mutating func excuse(_ message: Int, _ now: Int) {
            guard isOwed(message) else { return }
            excused.insert(message)
            owe(message, now, by: -1)
        }

        mutating func disturbed(_ now: Int) { (lastDisturbed, lastHeard) = (now, now) }

        mutating func died(_ now: Int) { deaths.append(now) }

        /// How many died with another one since then.
        func deaths(since time: Int) -> Int { max(0, deaths.count { $0 >= time } - 1) }

        /// Two are heard at once, or nobody.
        mutating func unsettled(_ now: Int) {
            lastUnsettled = now
            for (message, publication) in publications where now - publication.time <= Self.slack {
                swappable.insert(message)
            }
        }

        /// Whether the order of a message and another one is not known.
        func isSwappable(_ message: Int) -> Bool { swappable.contains(message) }

        /// Returns what is wrong with an answer.
        mutating func answered(_ message: Int, _ now: Int, isOrdered: Bool) -> String? {
            if answered[message] != nil { return "\(message) is answered twice" }
            if isOwed(message) { owe(message, now, by: -1) }
            answered[message] = now
            let lane = lane(message)
            let mine = publications[message]?.place ?? 0
            defer { if mine > publications[lastAnswered[lane] ?? message]?.place ?? 0 { lastAnswered[lane] = message } }
            guard isOrdered, let last = lastAnswered[lane], mine < publications[last]?.place ?? 0,
                !isSwappable(message), !isSwappable(last)
            else {
                if lastAnswered[lane] == nil { lastAnswered[lane] = message }
                return nil
            }
            return "\(message) is answered after \(last) of its channel"
        }

        /// The channel that waits for too long.
        func stuck(_ now: Int) -> Int? {
            guard now - lastDisturbed > 3000 else { return nil }
            return waiting.indices.first { waiting[$0] > 0 && now - lastProgress[$0] > 3000 }
        }
    }

    /// After every step, where nobody is silent and there all the same.
    mutating func look() throws(Violation) {
        let hearing = hearing.count
        if hearing > 0 { promises.lastHeard = now }
        if hearing != 1 { promises.unsettled(now) }
        // The intake is missed by those that are left in turn: each that died with it unseen costs a turn.
        if now - promises.lastHeard > 500 + 200 * promises.deaths(since: now - 1500) {
            throw violation("nobody hears what comes in")
        }
        if let channel = promises.stuck(now) { throw violation("channel \(channel) is not answered") }
    }

    /// Work begins with a look at the channel's documents: a node remembers them as long as its coordinator lets it.
    mutating func read(_ message: Int, at node: Int) throws(Violation) {
        let lane = Self.lane(message)
        guard lane < Self.channels else { return }
        let version = nodes[node].versions[lane] ?? promises.versions[lane]
        nodes[node].versions[lane] = version
        guard chaos.isPlain, !promises.isSwappable(message) else { return }
        if version != promises.versions[lane] { throw violation("\(nodes[node].name) looks at an old channel \(lane)") }
        for other in nodes where other.isAlive && other.name != nodes[node].name {
            guard let job = other.lanes[lane]?.first, job.hasBegun, !promises.isSwappable(job.message) else { continue }
            throw violation("\(nodes[node].name) and \(other.name) work on channel \(lane) at the same time")
        }
    }

    /// Work ends with a new version of them; whoever had an old one is told, and looks again.
    mutating func write(_ message: Int, at node: Int) {
        let lane = Self.lane(message)
        guard lane < Self.channels else { return }
        if nodes[node].versions[lane] != promises.versions[lane] {
            for other in nodes.indices { nodes[other].versions[lane] = nil }
        }
        promises.versions[lane] += 1
        nodes[node].versions[lane] = promises.versions[lane]
    }

    /// A node dies: what it works on, and what nobody but it has, may be lost.
    mutating func excuseWhatDies(with node: Int) {
        var elsewhere: Set<Int> = []
        for event in agenda.dropFirst(now).prefix(20).joined() {
            switch event {
            case .arrives(let target, .message(let message), _) where target != node: elsewhere.insert(message)
            case .arrives(let target, .handed(let message, let handing, _), _):
                if target != node || hasCopy(handing) { elsewhere.insert(message) }
            case .sent(let sender, .handed(let message, let handing, let name)) where sender != node:
                if name != nodes[node].name || hasCopy(handing) { elsewhere.insert(message) }
            default: break
            }
        }
        for other in nodes.indices where nodes[other].isAlive {
            if other != node { elsewhere.formUnion(nodes[other].held) }
            for job in nodes[other].lanes.values.joined() {
                if other != node || !job.hasBegun && hasCopy(job.placement.handing) { elsewhere.insert(job.message) }
            }
        }
        for message in 0..<Self.messages where !elsewhere.contains(message) { promises.excuse(message, now) }
    }

    /// Whether the one who handed it over still knows of it.
    private func hasCopy(_ handing: Handing?) -> Bool {
        guard let handing else { return false }
        return nodes.contains { $0.name == handing.by && $0.isAlive && $0.term == handing.sequence >> 48 }
    }
}
