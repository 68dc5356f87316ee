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
        /// Subscribe where messages come in, or end that.
        case open, close
        /// Ask again whether what waits for it may begin: see ``mayBegin(_:now:)``.
        case resume
        /// The documents of a partition's channels may have been changed by others.
        case forget(partition: Int)
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
        fileprivate let session: UInt64
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

    private struct Work {
        let key: UInt64?
        /// When it began; nil before.
        var begun: Instant?
    }

    private(set) var membership: Membership
    /// Where messages go, while this instance is the intake.
    private var dispatcher: Dispatcher<Message>?
    /// What it was handed and is not done with, and what it works on besides, as far as another intake was told of it.
    private var inHand: [UInt64: Work] = [:]
    private var reported: [UInt64: UInt64] = [:]
    /// What it had begun when the connection was last lost, and of which it is not known whether the intake had heard that.
    private var unconfirmed: Set<UInt64> = []
    private var epochs: [UInt64?] = Array(repeating: nil, count: PartitionTable.count)
    /// What came in before it was known where to.
    private var unplaced: [Message] = []
    private var lastAnnounced: Instant?
    /// What the intake passed on to others.
    private(set) var handedOver = 0

    init(_ rank: MemberRank, now: Instant) { membership = Membership(rank, now: now) }

    private var me: String { membership.rank.id }

    /// Whether all that comes is for this instance, and nobody need be told of it.
    var isAlone: Bool { membership.role == .intake && dispatcher?.isAlone == true }

    /// What it works with on whatever comes, where there is nobody else; nil where ``received(_:key:isBusyHere:load:isPassedOn:now:)``
    /// is to be asked.
    var placementIfAlone: Placement? { isAlone ? Placement(handing: nil, session: membership.session) : nil }

    /// All instances there are, as far as is known, this one among them, the first in rank first.
    var members: [MemberRank] { membership.role == .intake || membership.known.isEmpty ? known : membership.known }

    /// The partitions of each member, as the intake sees them; empty elsewhere.
    var partitions: [String: Int] {
        dispatcher.map { $0.table.owners.reduce(into: [:]) { $0[$1, default: 0] += 1 } } ?? [:]
    }

    // MARK: messages

    /// A message came in where all come in, or was passed on by another instance as if it had.
    mutating func received(
        _ message: Message, key: UInt64?, isBusyHere: Bool, load: Int, isPassedOn: Bool = false, now: Instant
    ) -> [Effect] {
        // Whoever was silent for long may be the intake no more.
        guard dispatcher != nil, isAlone || membership.mayBegin(now: now) else {
            guard let intake = membership.intake else {
                unplaced.append(message)
                return []
            }
            return [.hand(message, to: intake, .passedOn)]
        }
        let step = dispatcher?.route(message, key: key, isBusyHere: isBusyHere, load: load, isPassedOn: isPassedOn)
        return step.map { effects(of: [$0]) } ?? []
    }

    /// A message was handed to this instance.
    ///
    /// - Parameters:
    ///   - isBusyHere: whether this instance works on its channel.
    ///   - load: how much this instance has in hand.
    mutating func handed(
        _ message: Message, _ handing: Handing, isBusyHere: Bool, load: Int, now: Instant
    ) -> [Effect] {
        // Of an earlier session: the intake hands it to somebody else, too.
        guard handing.session == membership.session else { return [] }
        // Another one has been the intake until now, or still believes so.
        if dispatcher != nil {
            return [.send(.done(handing.sequence), to: .member(handing.by))]
                + received(message, key: handing.key, isBusyHere: isBusyHere, load: load, isPassedOn: true, now: now)
        }
        inHand[handing.sequence] = Work(key: handing.key)
        return lookAt(handing.key, handing.epoch)
            + [.work(message, Placement(handing: handing, session: handing.session))]
    }

    /// Whether a message may be worked on now, the one before it in its channel being done with.
    mutating func mayBegin(_ placement: Placement, now: Instant) -> (Permission, [Effect]) {
        if let handing = placement.handing {
            guard placement.session == membership.session else { return (.refused, []) }
            if membership.isLeaving, let intake = membership.intake {
                // An intake that did not hand it over has no copy of it.
                if intake != handing.by { return (.passOn(to: intake), []) }
                inHand[handing.sequence] = nil
                return (.refused, [.send(.returned(handing.sequence), to: .member(intake))])
            }
            guard membership.mayBegin(now: now) else { return (.wait, []) }
            inHand[handing.sequence]?.begun = now
            return (.granted, tell(.begun(handing.sequence), handing))
        }
        if isAlone { return (.granted, []) }
        guard membership.mayBegin(now: now) else { return (.wait, []) }
        if let intake = membership.intake, membership.isLeaving || placement.session != membership.session {
            return (.passOn(to: intake), [])
        }
        return (.granted, [])
    }

    /// Whether what has come of a message may be told: not where the connection was lost before it is known that the intake
    /// has heard that the work had begun, for then another instance may do it.
    func mayEnd(_ placement: Placement, isConnected: Bool) -> Bool {
        guard let handing = placement.handing, membership.intake != nil else { return true }
        if unconfirmed.contains(handing.sequence) { return false }
        return isConnected || inHand[handing.sequence].map { !isUnconfirmed($0) } ?? true
    }

    private func isUnconfirmed(_ work: Work) -> Bool { work.begun.map { $0 >= membership.renewed } ?? true }

    /// A message is done with.
    ///
    /// - Parameters:
    ///   - key: of its channel.
    ///   - isBusyHere: whether there is more of its channel.
    mutating func ended(_ placement: Placement, key: UInt64?, isBusyHere: Bool) -> [Effect] {
        var effects: [Effect] = []
        if let handing = placement.handing {
            (inHand[handing.sequence], _) = (nil, unconfirmed.remove(handing.sequence))
            effects += tell(.done(handing.sequence), handing)
        }
        if let key, !isBusyHere, let sequence = reported.removeValue(forKey: key) {
            inHand[sequence] = nil
            effects += tell(.done(sequence))
        }
        return effects
    }

    // MARK: the others

    /// Called every ``Membership/pingInterval``.
    ///
    /// - Parameters:
    ///   - isConnected: whether the server is there.
    ///   - load: how much this instance has in hand.
    mutating func tick(isConnected: Bool, load: Int, now: Instant) -> [Effect] {
        let hasOthers = dispatcher.map { !$0.isAlone } ?? true
        let session = membership.session
        let actions = membership.tick(isConnected: isConnected, hasOthers: hasOthers, now: now)
        var effects = perform(actions, load: load, busy: [], now: now)
        // Whoever has just woken up first hears what was said meanwhile.
        if isConnected, session == membership.session, let steps = dispatcher?.tick(now: now) {
            effects += self.effects(of: steps) + unplaced.map { .hand($0, to: me, .passedOn) }
            unplaced = []
            if (lastAnnounced ?? now) + .seconds(1) <= now { effects += announce(now) }
        }
        return effects + [.resume]
    }

    /// An instance has said something. Returns what is to be done, and what it is to be answered.
    mutating func heard(
        _ message: ClusterMessage, load: Int, busy: [UInt64], now: Instant
    ) -> (effects: [Effect], reply: ClusterMessage?) {
        switch message {
        case .ping(let rank, let session, let term, let its, let isLeaving):
            guard dispatcher != nil, rank.id != me else { return ([], nil) }
            let actions = membership.outdated(by: term, now: now)
            let effects = perform(actions, load: load, busy: busy, now: now)
            let (steps, isNew) =
                dispatcher?.heard(rank, session: session, load: its, isLeaving: isLeaving, now: now) ?? ([], false)
            return (
                effects + self.effects(of: steps),
                .pong(membership.rank, term: membership.term, known: known, isNew: isNew)
            )
        case .announce(let rank, let term):
            return (perform(membership.announced(rank, term: term), load: load, busy: busy, now: now), nil)
        case .appoint(let term):
            return (perform(membership.appointed(after: term, now: now), load: load, busy: busy, now: now), nil)
        case .report(let member, let work):
            return (effects(of: dispatcher?.reported(member, work) ?? []), nil)
        case .begun(let sequence):
            dispatcher?.begun(sequence)
            return ([], nil)
        case .done(let sequence): return (effects(of: dispatcher?.done(sequence) ?? []), nil)
        case .returned(let sequence): return (effects(of: dispatcher?.returned(sequence) ?? []), nil)
        case .gone(let member): return (effects(of: dispatcher?.died(member) ?? []), nil)
        case .pong: return ([], nil)
        }
    }

    /// A ping was answered.
    ///
    /// - Parameters:
    ///   - sent: when it was sent.
    ///   - busy: the channels that are worked on.
    mutating func answered(_ pong: ClusterMessage, sent: Instant, load: Int, busy: [UInt64], now: Instant) -> [Effect] {
        guard case .pong(let rank, let term, let known, let isNew) = pong else { return [] }
        let actions = membership.answered(by: rank.id, term: term, known: known, isNew: isNew, sent: sent)
        var effects = perform(actions, load: load, busy: busy, now: now)
        if let intake = membership.intake {
            effects += unplaced.map { .hand($0, to: intake, .passedOn) }
            unplaced = []
        }
        return effects + [.resume]
    }

    /// The server is there again.
    mutating func reconnected(load: Int, now: Instant) -> [Effect] {
        let hasOthers = dispatcher.map { !$0.isAlone } ?? true
        if membership.intake != nil {
            let lost = inHand.filter { isUnconfirmed($0.value) }.keys
            for sequence in lost { inHand[sequence] = nil }
            unconfirmed = Set(lost)
        }
        return perform(membership.reconnected(hasOthers: hasOthers, now: now), load: load, busy: [], now: now)
    }

    /// A ping was not answered.
    mutating func missed(isGone: Bool, load: Int, busy: [UInt64], now: Instant) -> [Effect] {
        perform(membership.missed(isGone: isGone, now: now), load: load, busy: busy, now: now)
    }

    /// This instance ends: what it has not begun goes to others, if there are any. Called once.
    mutating func leave(load: Int, now: Instant) -> [Effect] {
        let successor = dispatcher?.successor
        membership.leave()
        guard membership.role == .intake else { return ping(load) }
        guard let successor else { return [] }
        return [.send(.appoint(after: membership.term), to: .member(successor))]
    }

    /// Whether there is anybody to go on when this instance ends.
    var hasSuccessor: Bool { membership.intake != nil || dispatcher?.successor != nil }

    // MARK: -

    private var known: [MemberRank] { ((dispatcher?.ranks ?? []) + [membership.rank]).sorted() }

    private func ping(_ load: Int) -> [Effect] {
        [
            .send(
                .ping(
                    membership.rank, session: membership.session, term: membership.term, load: load,
                    isLeaving: membership.isLeaving), to: .intake)
        ]
    }

    private mutating func announce(_ now: Instant) -> [Effect] {
        lastAnnounced = now
        return [.send(.announce(membership.rank, term: membership.term), to: .everybody)]
    }

    /// Tells the intake; of something that was handed over while this instance believed to be the intake itself, whoever did it.
    private func tell(_ message: ClusterMessage, _ handing: Handing? = nil) -> [Effect] {
        guard let intake = membership.intake ?? handing?.by, intake != me else { return [] }
        return [.send(message, to: .member(intake))]
    }

    private mutating func perform(
        _ actions: [Membership.Action], load: Int, busy: [UInt64], now: Instant
    ) -> [Effect] {
        actions.flatMap { action -> [Effect] in
            switch action {
            case .ping: return ping(load)
            case .takeOffice(let term, let known):
                // Of its own former office only what is held is still true.
                let waiting = (dispatcher?.takeHeld() ?? []) + unplaced
                let known = dispatcher.map { $0.ranks } ?? known
                dispatcher = Dispatcher(me, term: term, known: known, now: now)
                unplaced = []
                (inHand, reported) = ([:], [:])
                // What came before it was known where to is taken like what comes now.
                return [.open] + announce(now) + waiting.map { .hand($0, to: me, .passedOn) }
            case .giveUpOffice(let intake):
                let held = dispatcher?.takeHeld() ?? []
                let sequences = busy.map { _ in dispatcher?.nextSequence() ?? 0 }
                dispatcher = nil
                for (key, sequence) in zip(busy, sequences) {
                    reported[key] = sequence
                    inHand[sequence] = Work(key: key)
                }
                return [.close] + held.map { .hand($0, to: intake, .passedOn) }
            case .report:
                let work = inHand.map { (sequence: $0.key, key: $0.value.key) }
                return tell(.report(me, work))
            }
        }
    }

    private mutating func effects(of steps: [Dispatcher<Message>.Step]) -> [Effect] {
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
    private mutating func lookAt(_ key: UInt64?, _ epoch: UInt64) -> [Effect] {
        guard let key else { return [] }
        let partition = PartitionTable.partition(of: key)
        guard epochs[partition] != epoch else { return [] }
        defer { epochs[partition] = epoch }
        return epochs[partition] == nil ? [] : [.forget(partition: partition)]
    }
}

extension Handing {
    /// Of what is handed to the intake as if it had just come in there.
    static let passedOn = Handing(by: "", sequence: 0, session: 0, key: nil, epoch: 0)
}
