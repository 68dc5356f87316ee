/// What one instance does so that each channel is worked on by one at a time: the parts of an intake and of a member in one
/// pure state machine. Time is handed in, and what is to be done is returned, in the order in which it is to be done.
struct Coordinator<Message: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done.
    enum Effect {
        /// Take the message into the queue.
        case work(Message, Placement)
        /// Pass it on to another instance.
        case hand(Message, to: String, Handing)
        case send(ClusterMessage, to: Recipient)
        /// Tell a member what has become of what it handed over. Several may go together, before anything else that is sent.
        case acknowledge(Acknowledgement, to: String)
        /// Subscribe where messages come in, or end that.
        case open, close
        /// Ask again whether what waits for it may begin: see ``mayBegin(_:now:)``.
        case resume
        /// The documents of these partitions' channels may have been changed by others.
        case forget(partitions: Set<Int>)
    }

    /// Who something is for.
    enum Recipient: Equatable {
        case everybody
        case member(String)
        /// Whoever is the intake: a request, whose outcome is told by ``answered(_:sent:now:)`` or ``missed(isGone:now:)``.
        case intake
    }

    /// What an instance knows of a message that it works on.
    struct Placement: Sendable {
        /// How it was handed over; nil where it came in here.
        var handing: Handing?
        /// When it was taken; 0 where it is not to be worked on here while there is another intake.
        let session: UInt64
    }

    /// Whether work may begin.
    enum Permission: Equatable {
        case granted
        /// Not known for a moment; see ``Effect/resume``.
        case wait
        /// Somebody else does it.
        case refused
        /// It is for another instance, which is to be passed the message.
        case passOn(to: String)
    }

    struct Work {
        let key: UInt64?
        /// Who handed it over; nil for a channel of a former office.
        var by: String?
        /// When it began; nil before.
        var begun: Instant?
    }

    var membership: Membership
    /// Where messages go, while this instance is the intake; later, what others were handed by it and have not begun.
    var dispatcher: Dispatcher<Message>?
    /// What it was handed and is not done with, by sequence.
    var inHand: [UInt64: Work] = [:]
    /// The channels of which it had something when it gave up its office, as work in hand, too: what it works on itself, and
    /// what others have not begun.
    var reported: [UInt64: UInt64] = [:]
    /// What it had begun when the connection was last lost, and of which it is not known whether the intake had heard that; and
    /// who had handed it over.
    var unconfirmed: [UInt64: String] = [:]
    /// What it was done with of late, who had handed it over, and when: whoever has lost its connection has not heard of it.
    var finished: [(sequence: UInt64, by: String, time: Instant)] = []
    /// For each partition, since when its owner was that when its documents were last looked at; and the assignment of which all
    /// partitions were looked at.
    var epochs: [UInt64?] = Array(repeating: nil, count: PartitionTable.count)
    var lookedAt: UInt64?
    /// What it was handed while it was not known whether it may still have it.
    var deferred: [(message: Message, handing: Handing)] = []
    /// What came in before it was known where to.
    var unplaced: [(key: UInt64?, message: Message)] = []
    var lastAnnounced: Instant?
    /// When it last gave up its office.
    var gaveUp: Instant?
    var lastTick: Instant?
    /// The session of which all were told.
    var lastSession: UInt64 = 1
    /// How many partitions each member has, as the intake last said.
    var toldPartitions: [String: Int] = [:]
    /// What the intake passed on to others.
    private(set) var handedOver = 0

    init(_ rank: MemberRank, now: Instant) { membership = Membership(rank, now: now) }

    var me: String { membership.rank.id }

    /// Whether all that comes is for this instance, and nobody need be told of it.
    var isAlone: Bool { isIntake && dispatcher?.isAlone == true }

    var isIntake: Bool { membership.role == .intake }

    /// Whether it decides where messages go.
    var isInOffice: Bool { isIntake && !membership.isRecovering }

    /// What it works with on whatever comes, where there is nobody else; nil where ``received(_:key:isBusyHere:load:isPassedOn:now:)``
    /// is to be asked.
    var placementIfAlone: Placement? {
        isAlone && lookedAt == dispatcher?.assigned ? Placement(handing: nil, session: membership.session) : nil
    }

    /// What it works with on what it cannot hand over.
    var placementHere: Placement { Placement(handing: nil, session: membership.session) }

    /// All instances there are, as far as is known, this one among them, the first in rank first.
    var members: [MemberRank] { membership.role == .intake || membership.known.isEmpty ? known : membership.known }

    /// The partitions of each member, as the intake sees them.
    var partitions: [String: Int] {
        guard isIntake, let dispatcher else { return toldPartitions }
        return dispatcher.table.owners.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    // MARK: messages

    /// A message came in where all come in, or was passed on by another instance as if it had.
    mutating func received(
        _ message: Message, key: UInt64?, isBusyHere: Bool, load: Int, isPassedOn: Bool = false, now: Instant
    ) -> [Effect] {
        // Whoever was silent for long may be the intake no more.
        guard isIntake, isAlone || membership.mayBegin(now: now) else { return passOn([(key, message)]) }
        let steps = dispatcher?.route(message, key: key, isBusyHere: isBusyHere, load: load, isPassedOn: isPassedOn)
        return effects(of: steps ?? [])
    }

    /// A message was handed to this instance.
    ///
    /// - Parameters:
    ///   - isBusyHere: whether this instance works on its channel.
    ///   - load: how much this instance has in hand.
    mutating func handed(
        _ message: Message, _ handing: Handing, isBusyHere: Bool, load: Int, now: Instant
    ) -> [Effect] {
        // Of an earlier session, or of one that ends with the next tick: it goes to somebody else.
        guard handing.session == membership.session, !isIntake || membership.mayBegin(now: now) else { return [] }
        // Another one has been the intake until now, or still believes so.
        if isIntake {
            return [.acknowledge(.done(handing.sequence), to: handing.by)]
                + received(message, key: handing.key, isBusyHere: isBusyHere, load: load, isPassedOn: true, now: now)
        }
        // Others may have it by now, which the next ping tells.
        if !deferred.isEmpty || !membership.mayBegin(now: now) {
            deferred.append((message, handing))
            return []
        }
        return take(message, handing)
    }

    mutating func take(_ message: Message, _ handing: Handing) -> [Effect] {
        inHand[handing.sequence] = Work(key: handing.key, by: handing.by)
        return lookAt(handing.key, handing.epoch)
            + [.work(message, Placement(handing: handing, session: handing.session))]
    }

    /// Takes what waited to be taken; what was handed over before this session is let go of.
    mutating func takeDeferred() -> [Effect] {
        let messages = deferred
        deferred = []
        return messages.filter { $0.handing.session == membership.session }.flatMap { take($0.message, $0.handing) }
    }

    // MARK: -

    var known: [MemberRank] { [membership.rank] + (dispatcher?.ranks ?? []) }

    /// Passes on what is not for this instance to decide, once it is known to whom.
    mutating func passOn(_ messages: [(key: UInt64?, message: Message)]) -> [Effect] {
        unplaced += messages
        guard let intake = membership.intake else { return [] }
        defer { unplaced = [] }
        return unplaced.map { .hand($0.message, to: intake, .passedOn) }
    }

    /// The intake takes what came before it was known where to like what comes now.
    mutating func place(load: Int, busy: () -> [UInt64], now: Instant) -> [Effect] {
        guard !unplaced.isEmpty else { return [] }
        let (messages, busy) = (unplaced, Set(busy()))
        unplaced = []
        return messages.flatMap { key, message in
            received(
                message, key: key, isBusyHere: key.map(busy.contains) ?? false, load: load, isPassedOn: true, now: now)
        }
    }

    /// Tells the intake, and the one who handed over what it is about, which may be the intake no more or not know that yet.
    func tell(_ acknowledgement: Acknowledgement, _ handing: Handing? = nil) -> [Effect] {
        let intake = membership.intake
        var effects: [Effect] = []
        if let intake { effects.append(.acknowledge(acknowledgement, to: intake)) }
        if let by = handing?.by, by != me, by != intake { effects.append(.acknowledge(acknowledgement, to: by)) }
        return effects
    }

    mutating func effects(of steps: [Dispatcher<Message>.Step]) -> [Effect] {
        steps.flatMap { step -> [Effect] in
            switch step {
            case .here(let message, let key, let epoch):
                return lookAt(key, epoch) + [.work(message, Placement(handing: nil, session: membership.session))]
            case .hand(let message, let member, let handing):
                handedOver += 1
                return [.hand(message, to: member, handing)]
            }
        }
    }

    /// A message of a channel is to be worked on here: where the channel's partition came here since the last one, its
    /// documents are read anew.
    mutating func lookAt(_ key: UInt64?, _ epoch: UInt64) -> [Effect] {
        guard let key else { return [] }
        let partition = PartitionTable.partition(of: key)
        guard epochs[partition] != epoch else { return [] }
        epochs[partition] = epoch
        return [.forget(partitions: [partition])]
    }

    /// Where there is nobody else, no partition is looked at with each message: all are, once.
    mutating func lookAtAll() -> [Effect] {
        guard isAlone, let dispatcher, lookedAt != dispatcher.assigned else { return [] }
        lookedAt = dispatcher.assigned
        let changed = epochs.indices.filter { epochs[$0] != dispatcher.table.epochs[$0] }
        epochs = dispatcher.table.epochs
        return changed.isEmpty ? [] : [.forget(partitions: Set(changed))]
    }
}

extension Handing {
    /// Of what is handed to the intake as if it had just come in there.
    static let passedOn = Handing(by: "", sequence: 0, session: 0, key: nil, epoch: 0)
}
