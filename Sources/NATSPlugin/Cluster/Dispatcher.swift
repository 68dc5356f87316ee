/// Where messages go, as the intake decides it: the one instance that hears them. A pure state machine; what is to be done is
/// returned.
///
/// A channel is worked on by one member at a time. As long as a member works on it, its messages go there, whoever owns its
/// partition; once nothing of it is left there, they go to the owner. Of what another member was handed and has not begun,
/// the message is kept, to be handed to the next one where that member ends or dies.
struct Dispatcher<Message: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done with a message.
    enum Step {
        /// This instance works on it.
        case here(Message, key: UInt64?, epoch: UInt64)
        case hand(Message, to: String, Handing)
    }

    /// Another member.
    private struct Remote {
        let rank: MemberRank
        /// See ``Membership/session``: what it was handed in an earlier session it has let go of. 0: not heard of yet.
        var session: UInt64
        var lastHeard: Instant
        /// What it has in hand, and what it says to have besides.
        var load = 0
        var isLeaving = false

        /// Whether it may be handed anything.
        var isReady: Bool { session != 0 && !isLeaving }
    }

    /// Something that was handed to another member.
    private struct Entry {
        let member: String
        let key: UInt64?
        /// Nil once it has begun, or where the one who handed it is gone.
        var message: Message?
    }

    /// A channel that is not only the owner's business.
    private struct Busy {
        /// Who works on it, and on how many messages.
        var members: [String: Int] = [:]
        /// What waits until it can be given away, in the order in which it came.
        var held: [(sequence: UInt64, message: Message)] = []
    }

    /// For how long a member is believed to be there that says nothing. Longer than ``Membership/lease``: by then it begins
    /// nothing any more.
    static var memberTimeout: Duration { .milliseconds(1200) }
    /// For how long a new intake waits for others to say what they work on.
    static var reportTimeout: Duration { .milliseconds(300) }

    private let me: String
    /// What its sequences and epochs begin with: its term, and in case of two offices of one term its name.
    private let base: UInt64
    private(set) var table: PartitionTable
    private var members: [String: Remote] = [:]
    private var entries: [UInt64: Entry] = [:]
    private var channels: [UInt64: Busy] = [:]
    private var lastNumber: UInt64 = 0
    private var passedOn: UInt64 = 0
    /// Who has not yet said what it works on, and how long that is waited for.
    private var unreported: Set<String> = []
    private var reportDeadline: Instant?

    /// - Parameters:
    ///   - me: this instance.
    ///   - term: of its office, larger than that of every intake before.
    ///   - known: the members that were there before, this one left out; they are to say what they work on.
    init(_ me: String, term: UInt64, known: [MemberRank] = [], now: Instant) {
        self.me = me
        base = term << 48 | (PartitionTable.key(me) & 0xFFFF) << 32
        table = PartitionTable(owner: me, epoch: base)
        for rank in known { members[rank.id] = Remote(rank: rank, session: 0, lastHeard: now) }
        unreported = Set(members.keys)
        if !unreported.isEmpty { reportDeadline = now + Self.reportTimeout }
        assign()
    }

    /// Whether there is nobody else, and nothing is left of anybody else.
    var isAlone: Bool { members.isEmpty && channels.isEmpty && entries.isEmpty }

    /// The other members.
    var ranks: [MemberRank] { members.values.map(\.rank) }

    /// The first in rank of the others that stay.
    var successor: String? { members.values.filter(\.isReady).map(\.rank).min()?.id }

    // MARK: messages

    /// A message came. Returns what is to be done with it; nil where it is held for now.
    ///
    /// - Parameters:
    ///   - key: of its channel; nil where it belongs to no conversation, and anybody may work on it.
    ///   - isBusyHere: whether this instance works on its channel.
    ///   - load: how much this instance has in hand.
    ///   - isPassedOn: whether another instance had it before: then it came before all that is held here.
    mutating func route(
        _ message: Message, key: UInt64?, isBusyHere: Bool, load: Int, isPassedOn: Bool = false
    ) -> Step? {
        guard let key else {
            let idlest = members.filter(\.value.isReady).min { $0.value.load < $1.value.load }
            guard let (member, remote) = idlest, remote.load < load else { return .here(message, key: nil, epoch: 0) }
            return hand(message, to: member, key: nil, epoch: 0)
        }
        let (owner, epoch) = table.owner(of: key)
        if let busy = channels[key] {
            if let member = target(of: busy), !isBusyHere { return hand(message, to: member, key: key, epoch: epoch) }
            hold(message, key, isPassedOn: isPassedOn)
            return nil
        }
        if isBusyHere || owner == me && unreported.isEmpty { return .here(message, key: key, epoch: epoch) }
        guard unreported.isEmpty else {
            hold(message, key, isPassedOn: isPassedOn)
            return nil
        }
        return hand(message, to: owner, key: key, epoch: epoch)
    }

    /// A member has begun to work on what it was handed: nobody else will.
    mutating func begun(_ sequence: UInt64) { entries[sequence]?.message = nil }

    /// A member is done with what it was handed.
    mutating func done(_ sequence: UInt64) -> [Step] {
        guard let entry = entries.removeValue(forKey: sequence) else { return [] }
        members[entry.member]?.load -= 1
        return entry.key.map { leave($0, entry.member) } ?? []
    }

    /// A member gives back what it has not begun.
    mutating func returned(_ sequence: UInt64) -> [Step] {
        guard let entry = entries.removeValue(forKey: sequence) else { return [] }
        members[entry.member]?.load -= 1
        return takeBack(sequence, entry)
    }

    // MARK: members

    /// A member has said that it is there. Returns what follows, and whether it was not known.
    mutating func heard(
        _ rank: MemberRank, session: UInt64, load: Int, isLeaving: Bool, now: Instant
    ) -> (steps: [Step], isNew: Bool) {
        guard var remote = members[rank.id], remote.rank == rank else {
            var steps = members[rank.id] == nil ? [] : died(rank.id)
            members[rank.id] = Remote(rank: rank, session: session, lastHeard: now, isLeaving: isLeaving)
            assign()
            if unreported.isEmpty { steps += release() }
            return (steps, true)
        }
        remote.lastHeard = now
        let wasReady = remote.isReady
        remote.isLeaving = remote.isLeaving || isLeaving
        let isSame = remote.session == session || remote.session == 0
        remote.session = session
        members[rank.id] = remote
        if wasReady != remote.isReady { assign() }
        return (isSame ? [] : letGo(of: rank.id), false)
    }

    /// A member says what it works on, which another intake may have handed to it.
    mutating func reported(_ member: String, _ work: [(sequence: UInt64, key: UInt64?)]) -> [Step] {
        for (sequence, key) in work where entries[sequence] == nil {
            entries[sequence] = Entry(member: member, key: key, message: nil)
            members[member]?.load += 1
            if let key { channels[key, default: Busy()].members[member, default: 0] += 1 }
        }
        guard unreported.remove(member) != nil, unreported.isEmpty else { return [] }
        return release()
    }

    /// A member is gone, in order or not. What it had begun is lost.
    mutating func died(_ member: String) -> [Step] {
        guard members.removeValue(forKey: member) != nil else { return [] }
        assign()
        unreported.remove(member)
        var steps = letGo(of: member, all: true)
        if unreported.isEmpty { steps += release() }
        return steps
    }

    /// Looks who is gone. Called a few times a second.
    mutating func tick(now: Instant) -> [Step] {
        var steps: [Step] = []
        for (member, remote) in members where remote.lastHeard + Self.memberTimeout < now { steps += died(member) }
        if let deadline = reportDeadline, deadline <= now {
            reportDeadline = nil
            unreported = []
            steps += release()
        }
        return steps
    }

    /// Nothing more comes here: takes out all that is held, in the order in which it came.
    mutating func takeHeld() -> [Message] {
        defer { for key in channels.keys { channels[key]?.held = [] } }
        return channels.values.flatMap(\.held).sorted { $0.sequence < $1.sequence }.map(\.message)
    }

    // MARK: -

    private mutating func assign() {
        lastNumber += 1
        table.assign(to: members.filter(\.value.isReady).keys + [me], epoch: base | lastNumber)
    }

    /// Returns a number that no intake has used.
    mutating func nextSequence() -> UInt64 {
        lastNumber += 1
        return base | lastNumber
    }

    private mutating func hand(_ message: Message, to member: String, key: UInt64?, epoch: UInt64) -> Step {
        let sequence = nextSequence()
        entries[sequence] = Entry(member: member, key: key, message: message)
        members[member]?.load += 1
        if let key { channels[key, default: Busy()].members[member, default: 0] += 1 }
        return .hand(
            message, to: member,
            Handing(by: me, sequence: sequence, session: members[member]?.session ?? 0, key: key, epoch: epoch))
    }

    private mutating func hold(_ message: Message, _ key: UInt64, isPassedOn: Bool) {
        // Numbers of ours are larger than any count.
        let sequence = isPassedOn ? passedOn : nextSequence()
        passedOn += 1
        insert(message, sequence, key)
    }

    private mutating func insert(_ message: Message, _ sequence: UInt64, _ key: UInt64) {
        let held = channels[key]?.held ?? []
        let place = held.firstIndex { $0.sequence > sequence } ?? held.endIndex
        channels[key, default: Busy()].held.insert((sequence, message), at: place)
    }

    /// Who gets the next message of a channel now; nil where that is to be waited for.
    private func target(of busy: Busy) -> String? {
        guard busy.held.isEmpty, busy.members.count == 1, let member = busy.members.keys.first,
            members[member]?.isReady == true
        else { return nil }
        return member
    }

    /// A member has nothing to do with a message of a channel any more.
    private mutating func leave(_ key: UInt64, _ member: String) -> [Step] {
        guard var busy = channels[key] else { return [] }
        let count = (busy.members[member] ?? 1) - 1
        busy.members[member] = count > 0 ? count : nil
        channels[key] = busy
        return busy.members.isEmpty ? release(key) : []
    }

    private mutating func takeBack(_ sequence: UInt64, _ entry: Entry) -> [Step] {
        guard let message = entry.message else { return entry.key.map { leave($0, entry.member) } ?? [] }
        guard let key = entry.key else {
            return route(message, key: nil, isBusyHere: false, load: 0).map { [$0] } ?? []
        }
        insert(message, sequence, key)
        return leave(key, entry.member)
    }

    /// What a member was handed and has not begun goes to the next one.
    ///
    /// - Parameter all: whether what it has begun is lost, too.
    private mutating func letGo(of member: String, all: Bool = false) -> [Step] {
        let its = entries.filter { $0.value.member == member && (all || $0.value.message != nil) }.keys.sorted()
        var taken: [(UInt64, Entry)] = []
        for sequence in its { if let entry = entries.removeValue(forKey: sequence) { taken.append((sequence, entry)) } }
        members[member]?.load -= taken.count
        // First all are taken back, then any is given on: else a later one would be given on before an earlier one.
        var keys: [UInt64] = []
        var steps: [Step] = []
        for (sequence, entry) in taken {
            guard let key = entry.key else {
                steps += takeBack(sequence, entry)
                continue
            }
            if let message = entry.message { insert(message, sequence, key) }
            let count = (channels[key]?.members[member] ?? 1) - 1
            channels[key]?.members[member] = count > 0 ? count : nil
            keys.append(key)
        }
        for key in keys where channels[key]?.members.isEmpty == true { steps += release(key) }
        return steps
    }

    /// Gives on what was held of all channels that nobody works on.
    private mutating func release() -> [Step] {
        let keys = channels.filter { $0.value.members.isEmpty || target(of: $0.value) != nil }
        var steps: [Step] = []
        for key in keys.keys.sorted() { steps += release(key) }
        // Those of which one member works on, and which were held only until that was known.
        for (key, busy) in channels where busy.members.count == 1 && !busy.held.isEmpty {
            guard let member = busy.members.keys.first, members[member]?.isReady == true else { continue }
            channels[key]?.held = []
            for (_, message) in busy.held {
                steps.append(hand(message, to: member, key: key, epoch: table.owner(of: key).epoch))
            }
        }
        return steps
    }

    private mutating func release(_ key: UInt64) -> [Step] {
        guard let busy = channels[key], busy.members.isEmpty else { return [] }
        channels[key] = nil
        let (owner, epoch) = table.owner(of: key)
        return busy.held.map { _, message in
            owner == me ? .here(message, key: key, epoch: epoch) : hand(message, to: owner, key: key, epoch: epoch)
        }
    }
}

/// How a message was handed to a member.
struct Handing: Sendable, Hashable {
    /// The intake.
    var by: String
    /// Never used again.
    var sequence: UInt64
    /// The member's, as the intake knows it.
    var session: UInt64
    /// Of the channel; nil where the message belongs to no conversation.
    var key: UInt64?
    /// Since when the channel's partition has its owner.
    var epoch: UInt64
}

/// An instance. Who began first is first in rank, so nobody who joins takes an office from another.
struct MemberRank: Sendable, Hashable, Comparable {
    let id: String
    /// When it began, in milliseconds since 1970.
    let since: Int64
    /// Whether it takes lines from the bot's own bus.
    var isBridge = false

    static func < (first: MemberRank, second: MemberRank) -> Bool {
        (first.since, first.id) < (second.since, second.id)
    }
}
