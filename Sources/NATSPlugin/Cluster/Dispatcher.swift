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
    struct Remote {
        let rank: MemberRank
        /// See ``Membership/session``: what it was handed in an earlier session it has let go of. 0: not heard of yet.
        var session: UInt64
        var lastHeard: Instant
        /// What it was handed and is not done with, and what it says to have in hand besides.
        var handed = 0
        var besides = 0
        var isLeaving = false

        var load: Int { handed + besides }
        /// Whether it may be handed anything.
        var isReady: Bool { session != 0 && !isLeaving }
    }

    /// Something that was handed to another member.
    struct Entry {
        let member: String
        /// Of the member, when it was handed.
        let session: UInt64
        let key: UInt64?
        /// Nil once it has begun, or where the one who handed it is gone.
        var message: Message?
        /// Whether what the member has said of it may be lost: it may have begun. Only its report tells.
        var isDoubtful = false
    }

    /// A channel that is not only the owner's business.
    struct Busy {
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

    let me: String
    /// What its sequences and epochs begin with: its term, and in case of two offices of one term its name.
    private let base: UInt64
    private(set) var table: PartitionTable
    /// The epoch of the last assignment of partitions.
    private(set) var assigned: UInt64 = 0
    var members: [String: Remote] = [:]
    var entries: [UInt64: Entry] = [:]
    var channels: [UInt64: Busy] = [:]
    private var lastNumber: UInt64 = 0
    private var lastPassedOn: UInt64 = 0
    /// Who has not yet said what it works on, and how long that is waited for.
    var unreported: Set<String> = []
    var reportDeadline: Instant?

    /// - Parameters:
    ///   - me: this instance.
    ///   - term: of its office, larger than that of every intake before.
    ///   - known: the members that were there before, this one left out; they are to say what they work on.
    ///   - lost: the one of them that was the intake and does not answer: it need not be waited for.
    ///   - former: its office before this one: of what it knows only the messages are still true that nobody has begun.
    init(
        _ me: String, term: UInt64, known: [MemberRank] = [], lost: String? = nil, former: Dispatcher? = nil,
        now: Instant
    ) {
        self.me = me
        base = term << 48 | (PartitionTable.key(me) & 0xFFFF) << 32
        table = PartitionTable(owner: me, epoch: base)
        for rank in known { members[rank.id] = Remote(rank: rank, session: 0, lastHeard: now) }
        unreported = Set(members.keys).subtracting([lost].compactMap(\.self))
        if !unreported.isEmpty { reportDeadline = now + Self.reportTimeout }
        assign()
        if let former { takeOver(from: former, now) }
    }

    private mutating func takeOver(from former: Dispatcher, _ start: Instant) {
        for (key, busy) in former.channels where !busy.held.isEmpty { channels[key] = Busy(held: busy.held) }
        for (sequence, entry) in former.entries where entry.message != nil {
            guard let rank = former.members[entry.member]?.rank else { continue }
            entries[sequence] = entry
            // One that the intake between did not know is either heard of soon, or counts as gone.
            members[rank.id, default: Remote(rank: rank, session: 0, lastHeard: start)].handed += 1
            if let key = entry.key { channels[key, default: Busy()].members[entry.member, default: 0] += 1 }
        }
    }

    /// Whether there is nobody else, and nothing is left of anybody else.
    var isAlone: Bool { members.isEmpty && channels.isEmpty && entries.isEmpty }

    /// The other members, in the order in which they are to be the intake after this one: who leaves comes last, and who
    /// has not been heard of.
    var ranks: [MemberRank] {
        members.values.filter(\.isReady).map(\.rank).sorted()
            + members.values.filter { !$0.isReady }.map(\.rank).sorted()
    }

    /// The one that is to be the intake after this one.
    var successor: String? { members.values.filter(\.isReady).map(\.rank).min()?.id }

    // MARK: messages

    /// A message came. Returns what is to be done now.
    ///
    /// - Parameters:
    ///   - key: of its channel; nil where it belongs to no conversation, and anybody may work on it.
    ///   - isBusyHere: whether this instance works on its channel.
    ///   - load: how much this instance has in hand.
    ///   - isPassedOn: whether another instance had it before: then it came before all that is held here.
    mutating func route(
        _ message: Message, key: UInt64?, isBusyHere: Bool, load: Int, isPassedOn: Bool = false
    ) -> [Step] {
        guard let key else { return [routeToIdlest(message, load: load)] }
        if channels[key] == nil, isBusyHere || unreported.isEmpty {
            return [isBusyHere ? here(message, key) : give(message, key, to: table.owner(of: key).member)]
        }
        // Numbers of ours are larger than any count.
        lastPassedOn += 1
        hold(message, isPassedOn ? lastPassedOn : nextSequence(), key)
        return release(key)
    }

    /// This instance works on channels, which it was handed by another intake, or on which others work, too.
    mutating func begunHere(_ keys: some Sequence<UInt64>) {
        let me = me
        for key in keys { channels[key, default: Busy()].members[me] = 1 }
    }

    /// This instance has nothing more of a channel.
    mutating func endedHere(_ key: UInt64) -> [Step] {
        guard var busy = channels[key], busy.members.removeValue(forKey: me) != nil else { return [] }
        channels[key] = busy
        return release(key)
    }

    private mutating func routeToIdlest(_ message: Message, load: Int) -> Step {
        let idlest = members.values.filter(\.isReady).min { ($0.load, $0.rank) < ($1.load, $1.rank) }
        guard let idlest, idlest.load < load else { return .here(message, key: nil, epoch: 0) }
        return give(message, nil, to: idlest.rank.id)
    }

    /// A member has begun to work on what it was handed: nobody else will.
    mutating func begun(_ sequence: UInt64) {
        entries[sequence]?.message = nil
        entries[sequence]?.isDoubtful = false
    }

    /// A member is done with what it was handed.
    mutating func done(_ sequence: UInt64) -> [Step] {
        begun(sequence)
        return takeBack([sequence])
    }

    /// The connection was lost, and with it what members have said.
    mutating func doubt() {
        for (sequence, entry) in entries where entry.message != nil { entries[sequence]?.isDoubtful = true }
    }

    /// A member gives back what it has not begun.
    mutating func returned(_ sequence: UInt64) -> [Step] { takeBack([sequence]) }

    // MARK: -

    mutating func assign() {
        assigned = nextSequence()
        table.assign(to: members.filter(\.value.isReady).keys + [me], epoch: assigned)
    }

    /// Whether there are hardly any numbers left.
    var isExhausted: Bool { lastNumber >= 1 << 31 }

    /// Whether a sequence is one of an office of this instance; and whether of one before this.
    func isMine(_ sequence: UInt64) -> Bool { (sequence ^ base) >> 32 & 0xFFFF == 0 }
    func isFormer(_ sequence: UInt64) -> Bool { sequence < base }

    /// Returns a number that no intake has used.
    mutating func nextSequence() -> UInt64 {
        lastNumber += 1
        return base | lastNumber
    }

    private func here(_ message: Message, _ key: UInt64) -> Step {
        .here(message, key: key, epoch: table.owner(of: key).epoch)
    }

    private mutating func give(_ message: Message, _ key: UInt64?, to member: String) -> Step {
        if let key, member == me { return here(message, key) }
        let (sequence, session) = (nextSequence(), members[member]?.session ?? 0)
        entries[sequence] = Entry(member: member, session: session, key: key, message: message)
        members[member]?.handed += 1
        if let key { channels[key, default: Busy()].members[member, default: 0] += 1 }
        return .hand(
            message, to: member,
            Handing(
                by: me, sequence: sequence, session: session, key: key,
                epoch: key.map { table.owner(of: $0).epoch } ?? 0))
    }

    private mutating func hold(_ message: Message, _ sequence: UInt64, _ key: UInt64) {
        let held = channels[key]?.held ?? []
        let place = held.firstIndex { $0.sequence > sequence } ?? held.endIndex
        channels[key, default: Busy()].held.insert((sequence, message), at: place)
    }

    /// Members have nothing to do with these any more: what is not begun goes to the next one.
    mutating func takeBack(_ sequences: [UInt64]) -> [Step] {
        var steps: [Step] = []
        var keys: [UInt64] = []
        // First all are taken back, then any is given on: else a later one would be given on before an earlier one.
        for sequence in sequences {
            guard let entry = entries.removeValue(forKey: sequence) else { continue }
            members[entry.member]?.handed -= 1
            guard let key = entry.key else {
                if let message = entry.message { steps.append(routeToIdlest(message, load: .max)) }
                continue
            }
            let count = (channels[key]?.members[entry.member] ?? 1) - 1
            channels[key]?.members[entry.member] = count > 0 ? count : nil
            if let message = entry.message { hold(message, sequence, key) }
            keys.append(key)
        }
        return steps + keys.flatMap { release($0) }
    }

    /// Gives on what is held of all channels and can be given on now.
    mutating func release() -> [Step] {
        channels.keys.sorted().flatMap { release($0) }
    }

    /// Gives on what is held of a channel: to the one who works on it, else to its owner. Where several do, or it is not known
    /// who, it stays.
    mutating func release(_ key: UInt64) -> [Step] {
        guard unreported.isEmpty, let busy = channels[key], busy.members.count <= 1 else { return [] }
        let member = busy.members.keys.first
        if let member, member != me, members[member]?.isReady != true { return [] }
        if member == nil { channels[key] = nil } else { channels[key]?.held = [] }
        return busy.held.map { give($0.message, key, to: member ?? table.owner(of: key).member) }
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
    /// As the operator knows it; two may have the same.
    var name = ""
    /// When it began, in milliseconds since 1970.
    let since: Int64
    /// Whether it takes lines from the bot's own bus.
    var isBridge = false

    static func < (first: MemberRank, second: MemberRank) -> Bool {
        (first.since, first.id) < (second.since, second.id)
    }
}
