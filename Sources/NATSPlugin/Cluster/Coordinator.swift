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
    /// Where messages go, while this instance is the intake; later, what others were handed by it and have not begun.
    private var dispatcher: Dispatcher<Message>?
    /// What it was handed and is not done with, by sequence.
    private var inHand: [UInt64: Work] = [:]
    /// The channels of which it had something when it gave up its office, as work in hand, too: what it works on itself, and
    /// what others have not begun.
    private var reported: [UInt64: UInt64] = [:]
    /// What it had begun when the connection was last lost, and of which it is not known whether the intake had heard that.
    private var unconfirmed: Set<UInt64> = []
    /// For each partition, since when its owner was that when its documents were last looked at; and the assignment of which all
    /// partitions were looked at.
    private var epochs: [UInt64?] = Array(repeating: nil, count: PartitionTable.count)
    private var lookedAt: UInt64?
    /// What came in before it was known where to.
    private var unplaced: [(key: UInt64?, message: Message)] = []
    private var lastAnnounced: Instant?
    private var lastTick: Instant?
    /// The session of which all were told.
    private var lastSession: UInt64 = 1
    /// What the intake passed on to others.
    private(set) var handedOver = 0

    init(_ rank: MemberRank, now: Instant) { membership = Membership(rank, now: now) }

    private var me: String { membership.rank.id }

    /// Whether all that comes is for this instance, and nobody need be told of it.
    var isAlone: Bool { isIntake && dispatcher?.isAlone == true }

    private var isIntake: Bool { membership.role == .intake }

    /// What it works with on whatever comes, where there is nobody else; nil where ``received(_:key:isBusyHere:load:isPassedOn:now:)``
    /// is to be asked.
    var placementIfAlone: Placement? {
        isAlone && lookedAt == dispatcher?.assigned ? Placement(handing: nil, session: membership.session) : nil
    }

    /// What it works with on what it cannot hand over.
    var placementHere: Placement { Placement(handing: nil, session: membership.session) }

    /// All instances there are, as far as is known, this one among them, the first in rank first.
    var members: [MemberRank] { membership.role == .intake || membership.known.isEmpty ? known : membership.known }

    /// The partitions of each member, as the intake sees them; empty elsewhere.
    var partitions: [String: Int] {
        guard isIntake, let dispatcher else { return [:] }
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
                return (.refused, [.acknowledge(.returned(handing.sequence), to: intake)])
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
        guard let handing = placement.handing else { return true }
        if unconfirmed.contains(handing.sequence) { return false }
        if placement.session != membership.session, inHand[handing.sequence]?.begun == nil { return false }
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
        if let key, !isBusyHere {
            effects += isIntake ? self.effects(of: dispatcher?.endedHere(key) ?? []) : settle([key])
        }
        return effects
    }

    /// Of those channels on which this instance does not work there may be nothing left of its former office.
    private mutating func settle(_ keys: some Sequence<UInt64>) -> [Effect] {
        guard !reported.isEmpty else { return [] }
        let copied = dispatcher?.copiedKeys ?? []
        return keys.filter { !copied.contains($0) }.compactMap { reported.removeValue(forKey: $0) }.flatMap {
            sequence in
            inHand[sequence] = nil
            return tell(.done(sequence))
        }
    }

    /// The same, of all channels that are not busy.
    private mutating func settle(_ busy: () -> [UInt64]) -> [Effect] {
        reported.isEmpty ? [] : settle(Set(reported.keys).subtracting(busy()).sorted())
    }

    // MARK: the others

    /// Called every ``Membership/pingInterval``.
    ///
    /// - Parameters:
    ///   - isConnected: whether the server is there.
    ///   - load: how much this instance has in hand.
    ///   - busy: the channels that are worked on.
    mutating func tick(
        isConnected: Bool, load: Int, busy: @autoclosure () -> [UInt64], now: Instant
    ) -> [Effect] {
        let hasOthers = !isAlone
        let session = membership.session
        var actions = membership.tick(isConnected: isConnected, hasOthers: hasOthers, now: now)
        if isIntake, actions.isEmpty, dispatcher?.isExhausted == true { actions = membership.renewOffice(now: now) }
        var effects = perform(actions, load: load, busy: busy, now: now)
        // Whoever has just woken up first hears what was said meanwhile.
        let isAwake = (lastTick ?? now) + Membership.pingInterval * 2 > now
        lastTick = now
        if isConnected, isAwake, session == membership.session, isIntake, let dispatcher {
            for (member, session) in dispatcher.silent(now: now) {
                effects += died(member, session) + [.send(.gone(member, session: session), to: .everybody)]
            }
            effects += self.effects(of: self.dispatcher?.tick(now: now) ?? [])
            effects += place(load: load, busy: busy, now: now)
            if membership.isLeaving { effects += appoint() }
            if (lastAnnounced ?? now) + .seconds(1) <= now { effects += announce(now) }
        }
        return effects + lookAtAll() + [.resume]
    }

    /// An instance has said something. Returns what is to be done, and what it is to be answered.
    mutating func heard(
        _ message: ClusterMessage, load: Int, busy: @autoclosure () -> [UInt64], now: Instant
    ) -> (effects: [Effect], reply: ClusterMessage?) {
        switch message {
        case .ping(let rank, let session, let term, let its, let isLeaving):
            guard isIntake, rank.id != me else { return ([], nil) }
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
        case .report(let member, let session, let work):
            // To one that is the intake no more: the next one is told, too.
            guard isIntake else { return ([], nil) }
            dispatcher?.begunHere(Set(work.compactMap(\.key)).intersection(busy()))
            return (effects(of: dispatcher?.reported(member, session: session, work) ?? []), nil)
        case .acknowledgements(let acknowledgements):
            let effects = acknowledgements.flatMap { isIntake ? noted($0) : notedLater($0) }
            return (effects + settle(busy), nil)
        case .gone(let member, let session):
            let effects =
                isIntake ? died(member, session) : withdraw(from: member, before: session == .max ? .max : session + 1)
            return (effects + settle(busy), nil)
        case .letGo(let member, let session):
            let effects =
                isIntake
                ? self.effects(of: dispatcher?.letGo(member, before: session) ?? [])
                : withdraw(from: member, before: session)
            return (effects + settle(busy), nil)
        case .pong: return ([], nil)
        }
    }

    /// The intake is told what has become of what it handed over.
    private mutating func noted(_ acknowledgement: Acknowledgement) -> [Effect] {
        switch acknowledgement {
        case .begun(let sequence):
            dispatcher?.begun(sequence)
            return []
        case .done(let sequence): return effects(of: dispatcher?.done(sequence) ?? [])
        case .returned(let sequence): return effects(of: dispatcher?.returned(sequence) ?? [])
        }
    }

    /// The same, told to one that is the intake no more: what is to be done anew it passes on.
    private mutating func notedLater(_ acknowledgement: Acknowledgement) -> [Effect] {
        switch acknowledgement {
        case .begun(let sequence), .done(let sequence):
            _ = dispatcher?.withdraw(sequence)
            return []
        case .returned(let sequence): return passOn(dispatcher?.withdraw(sequence) ?? [])
        }
    }

    private mutating func died(_ member: String, _ session: UInt64) -> [Effect] {
        effects(of: dispatcher?.died(member, in: session) ?? [])
    }

    /// What a member was handed by the intake that this one was before, and has not begun, is passed on.
    private mutating func withdraw(from member: String, before session: UInt64) -> [Effect] {
        passOn(dispatcher?.withdraw(from: member, before: session) ?? [])
    }

    /// A ping was answered.
    ///
    /// - Parameters:
    ///   - sent: when it was sent.
    ///   - busy: the channels that are worked on.
    mutating func answered(
        _ pong: ClusterMessage, sent: Instant, load: Int, busy: @autoclosure () -> [UInt64], now: Instant
    ) -> [Effect] {
        guard case .pong(let rank, let term, let known, let isNew) = pong else { return [] }
        let actions = membership.answered(by: rank.id, term: term, known: known, isNew: isNew, sent: sent)
        var effects = perform(actions, load: load, busy: busy, now: now)
        effects += passOn([]) + settle(busy)
        return effects + [.resume]
    }

    /// The server is there again.
    mutating func reconnected(load: Int, busy: @autoclosure () -> [UInt64], now: Instant) -> [Effect] {
        let hasOthers = !isAlone
        // What others had begun of that may have been said meanwhile.
        if !isIntake { dispatcher = nil }
        unconfirmed = Set(inHand.filter { isUnconfirmed($0.value) }.keys)
        for sequence in unconfirmed { inHand[sequence] = nil }
        return perform(membership.reconnected(hasOthers: hasOthers, now: now), load: load, busy: busy, now: now)
    }

    /// A ping was not answered.
    mutating func missed(
        isGone: Bool, load: Int, busy: @autoclosure () -> [UInt64], now: Instant
    ) -> [Effect] {
        perform(membership.missed(isGone: isGone, now: now), load: load, busy: busy, now: now)
    }

    /// This instance ends: what it has not begun goes to others, if there are any. Called once.
    mutating func leave(load: Int, now: Instant) -> [Effect] {
        membership.leave()
        return isIntake ? appoint() : ping(load)
    }

    /// Whether there is anybody to go on when this instance ends.
    var hasSuccessor: Bool { membership.intake != nil || dispatcher?.successor != nil }

    /// Whether others need this instance yet, though it has nothing in hand: until there is another intake, and until they
    /// have begun what it handed over as one.
    var isNeeded: Bool { isIntake ? dispatcher?.successor != nil : dispatcher?.hasCopies == true || !unplaced.isEmpty }

    // MARK: -

    private var known: [MemberRank] { [membership.rank] + (dispatcher?.ranks ?? []) }

    private func ping(_ load: Int) -> [Effect] {
        [
            .send(
                .ping(
                    membership.rank, session: membership.session, term: membership.term, load: load,
                    isLeaving: membership.isLeaving), to: .intake)
        ]
    }

    /// Passes on what is not for this instance to decide, once it is known to whom.
    private mutating func passOn(_ messages: [(key: UInt64?, message: Message)]) -> [Effect] {
        unplaced += messages
        guard let intake = membership.intake else { return [] }
        defer { unplaced = [] }
        return unplaced.map { .hand($0.message, to: intake, .passedOn) }
    }

    /// The intake takes what came before it was known where to like what comes now.
    private mutating func place(load: Int, busy: () -> [UInt64], now: Instant) -> [Effect] {
        guard !unplaced.isEmpty else { return [] }
        let (messages, busy) = (unplaced, Set(busy()))
        unplaced = []
        return messages.flatMap { key, message in
            received(
                message, key: key, isBusyHere: key.map(busy.contains) ?? false, load: load, isPassedOn: true, now: now)
        }
    }

    private func appoint() -> [Effect] {
        guard let successor = dispatcher?.successor else { return [] }
        return [.send(.appoint(after: membership.term), to: .member(successor))]
    }

    private mutating func announce(_ now: Instant) -> [Effect] {
        lastAnnounced = now
        return [.send(.announce(membership.rank, term: membership.term), to: .everybody)]
    }

    /// Tells the intake, and the one who handed over what it is about, which may be the intake no more or not know that yet.
    private func tell(_ acknowledgement: Acknowledgement, _ handing: Handing? = nil) -> [Effect] {
        let intake = membership.intake
        var effects: [Effect] = []
        if let intake { effects.append(.acknowledge(acknowledgement, to: intake)) }
        if let by = handing?.by, by != me, by != intake { effects.append(.acknowledge(acknowledgement, to: by)) }
        return effects
    }

    private mutating func perform(
        _ actions: [Membership.Action], load: Int, busy: () -> [UInt64], now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        if lastSession != membership.session {
            lastSession = membership.session
            effects = [.send(.letGo(me, before: lastSession), to: .everybody)]
        }
        return effects
            + actions.flatMap { action -> [Effect] in
                switch action {
                case .ping: return ping(load)
                case .announce: return announce(now)
                case .takeOffice(let term, let known, let lost):
                    // Of its own former office only what is held is still true.
                    unplaced = (dispatcher?.takeHeld() ?? []) + unplaced
                    let others = known.isEmpty ? dispatcher?.ranks ?? [] : known
                    dispatcher = Dispatcher(me, term: term, known: others, lost: lost, now: now)
                    dispatcher?.begunHere(busy())
                    for sequence in reported.values { inHand[sequence] = nil }
                    reported = [:]
                    return lookAtAll() + [.open] + announce(now) + place(load: load, busy: busy, now: now)
                case .giveUpOffice:
                    let busy = Set(busy())
                    for key in (dispatcher?.copiedKeys ?? []).union(busy).sorted() {
                        guard let sequence = dispatcher?.nextSequence() else { continue }
                        reported[key] = sequence
                        inHand[sequence] = Work(key: key)
                    }
                    // What is held of a channel comes after what waits of it here, and is passed on after that.
                    let held = dispatcher?.takeHeld() ?? []
                    let isBehind = { (key: UInt64?) in key.map(busy.contains) ?? false }
                    return [.close] + passOn(held.filter { !isBehind($0.key) })
                        + held.filter { isBehind($0.key) }.map {
                            .work($0.message, Placement(handing: nil, session: 0))
                        }
                case .report:
                    let work = inHand.sorted { $0.key < $1.key }.map { (sequence: $0.key, key: $0.value.key) }
                    guard let intake = membership.intake else { return [] }
                    return [.send(.report(me, session: membership.session, work), to: .member(intake))]
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
        epochs[partition] = epoch
        return [.forget(partitions: [partition])]
    }

    /// Where there is nobody else, no partition is looked at with each message: all are, once.
    private mutating func lookAtAll() -> [Effect] {
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
