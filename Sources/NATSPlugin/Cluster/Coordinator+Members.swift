/// What one instance does when others come, go or say something, and when it comes and goes itself.
extension Coordinator {
    /// For how long one is expected to come back that was the intake: until then others remember what they were done with.
    private static var longestAbsence: Duration { .seconds(60) }

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
        if isConnected, !isIntake, dispatcher?.hasDoubts == true {
            effects.append(.send(.inquiry(from: me), to: .everybody))
        }
        // Who is to confirm it may have been away until now.
        if isConnected, !unconfirmed.isEmpty {
            effects.append(.send(.report(me, session: membership.session, work), to: .everybody))
        }
        if isConnected, isAwake, session == membership.session, isInOffice, let dispatcher {
            for (member, session) in dispatcher.silent(now: now) {
                effects += died(member) + [.send(.gone(member, session: session), to: .everybody)]
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
                membership.isRecovering
                ? ([], false)
                : dispatcher?.heard(rank, session: session, load: its, isLeaving: isLeaving, now: now) ?? ([], false)
            return (
                effects + self.effects(of: steps),
                .pong(
                    membership.rank, term: membership.term, known: known,
                    partitions: known.map { [partitions] in partitions[$0.id] ?? 0 }, isNew: isNew)
            )
        case .announce(let rank, let term):
            return (perform(membership.announced(rank, term: term), load: load, busy: busy, now: now), nil)
        case .appoint(let term):
            return (perform(membership.appointed(after: term, now: now), load: load, busy: busy, now: now), nil)
        case .inquiry(let asker):
            return ([.send(.report(me, session: membership.session, work), to: .member(asker))], nil)
        case .report(let member, let session, let work):
            return (reported(member, session: session, work, busy: busy), nil)
        case .confirmation(let kept, let lost):
            for sequence in kept { unconfirmed[sequence] = nil }
            lose(lost)
            return ([.resume], nil)
        case .acknowledgements(let acknowledgements):
            let effects = acknowledgements.flatMap { isInOffice ? noted($0) : notedLater($0) }
            return (effects + settle(busy), nil)
        case .gone(let member, let session):
            lose(handedBy: member)
            if !isInOffice {
                let its = dispatcher?.withdraw(fromLost: member, before: session == .max ? .max : session + 1)
                return (passOn(its ?? []) + passOnHeld() + settle(busy), nil)
            }
            // Who is silent the intake sees for itself.
            return (session == .max ? died(member) : [], nil)
        case .letGo(let member, let session):
            let effects =
                isInOffice
                ? self.effects(of: dispatcher?.letGo(member, before: session) ?? [])
                : withdraw(from: member, before: session)
            return (effects + settle(busy), nil)
        case .pong: return ([], nil)
        }
    }

    /// A member says what it has in hand.
    private mutating func reported(
        _ member: String, session: UInt64, _ work: [WorkReport], busy: () -> [UInt64]
    ) -> [Effect] {
        guard member != me else { return [] }
        var effects: [Effect] = []
        if let (kept, lost) = dispatcher?.confirmation(of: member, work), !(kept.isEmpty && lost.isEmpty) {
            effects = [.send(.confirmation(kept: kept, lost: lost), to: .member(member))]
        }
        guard isInOffice else {
            return effects + passOn(dispatcher?.withdraw(from: member, work) ?? []) + passOnHeld() + settle(busy)
        }
        dispatcher?.begunHere(Set(work.compactMap(\.key)).intersection(busy()))
        return effects + self.effects(of: dispatcher?.reported(member, session: session, work) ?? [])
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
            return passOnHeld()
        case .returned(let sequence): return passOn(dispatcher?.withdraw(sequence) ?? []) + passOnHeld()
        }
    }

    /// What is held of a channel waits for what others were handed of it before and have not begun: they may give it back.
    private mutating func passOnHeld(but busy: Set<UInt64> = []) -> [Effect] {
        let copied = dispatcher?.copiedKeys ?? []
        return passOn(dispatcher?.takeHeld(but: copied.union(busy)) ?? [])
    }

    private mutating func died(_ member: String) -> [Effect] {
        lose(handedBy: member)
        return effects(of: dispatcher?.died(member) ?? [])
    }

    /// What a member was handed by the intake that this one was before, and has not begun, is passed on.
    private mutating func withdraw(from member: String, before session: UInt64) -> [Effect] {
        passOn(dispatcher?.withdraw(from: member, before: session) ?? []) + passOnHeld()
    }

    /// A ping was answered.
    ///
    /// - Parameters:
    ///   - sent: when it was sent.
    ///   - busy: the channels that are worked on.
    mutating func answered(
        _ pong: ClusterMessage, sent: Instant, load: Int, busy: @autoclosure () -> [UInt64], now: Instant
    ) -> [Effect] {
        guard case .pong(let rank, let term, let known, let partitions, let isNew) = pong else { return [] }
        toldPartitions = Dictionary(zip(known.map(\.id), partitions)) { first, _ in first }
        let actions = membership.answered(by: rank.id, term: term, known: known, isNew: isNew, sent: sent)
        var effects = perform(actions, load: load, busy: busy, now: now)
        for by in Set(unconfirmed.values) where !known.contains(where: { $0.id == by }) { lose(handedBy: by) }
        // What was told before the ping, the intake has heard.
        finished.removeAll { $0.by == rank.id && $0.time < sent || $0.time + Self.longestAbsence < now }
        effects += passOn([]) + withdrawFromUnknown(known, now: now) + settle(busy) + takeDeferred()
        return effects + [.resume]
    }

    /// What this one handed over as an intake to members that the intake does not know has been lost with them, or is passed
    /// on: that they are gone may have been said while this one was away.
    private mutating func withdrawFromUnknown(_ known: [MemberRank], now: Instant) -> [Effect] {
        guard let gaveUp, gaveUp + Dispatcher<Message>.memberTimeout * 2 < now, let holders = dispatcher?.holders else {
            return []
        }
        let unknown = holders.subtracting(known.map(\.id)).sorted()
        return unknown.flatMap { passOn(dispatcher?.withdraw(fromLost: $0, before: .max) ?? []) }
            + (unknown.isEmpty ? [] : passOnHeld())
    }

    /// The server is there again.
    mutating func reconnected(load: Int, busy: @autoclosure () -> [UInt64], now: Instant) -> [Effect] {
        let hasOthers = !isAlone
        dispatcher?.doubt()
        distrustWhatIsInHand()
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
    /// have begun what it handed over as one, and what is held has been passed on.
    var isNeeded: Bool {
        isIntake && dispatcher?.successor != nil || !unplaced.isEmpty || dispatcher?.hasUndecided == true
    }

    // MARK: -

    private func ping(_ load: Int) -> [Effect] {
        [
            .send(
                .ping(
                    membership.rank, session: membership.session, term: membership.term, load: load,
                    isLeaving: membership.isLeaving), to: .intake)
        ]
    }

    private func appoint() -> [Effect] {
        guard let successor = dispatcher?.successor else { return [] }
        return [.send(.appoint(after: membership.term), to: .member(successor))]
    }

    private mutating func announce(_ now: Instant) -> [Effect] {
        lastAnnounced = now
        return [.send(.announce(membership.rank, term: membership.term), to: .everybody)]
    }

    private mutating func perform(
        _ actions: [Membership.Action], load: Int, busy: () -> [UInt64], now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        if lastSession != membership.session {
            lastSession = membership.session
            // A report says more.
            if !actions.contains(.reportToAll) { effects = [.send(.letGo(me, before: lastSession), to: .everybody)] }
        }
        return effects
            + actions.flatMap { action -> [Effect] in
                switch action {
                case .ping: return ping(load)
                case .announce: return announce(now)
                case .takeOffice(let term, let known, let lost):
                    let others = known.isEmpty ? dispatcher?.ranks ?? [] : known
                    dispatcher = Dispatcher(me, term: term, known: others, lost: lost, former: dispatcher, now: now)
                    dispatcher?.begunHere(busy())
                    for sequence in reported.values { inHand[sequence] = nil }
                    reported = [:]
                    return lookAtAll() + [.open] + announce(now) + takeDeferred()
                        + self.effects(of: dispatcher?.release() ?? [])
                        + place(load: load, busy: busy, now: now)
                case .giveUpOffice:
                    gaveUp = now
                    let busy = Set(busy())
                    for key in (dispatcher?.copiedKeys ?? []).union(busy).sorted() {
                        guard let sequence = dispatcher?.nextSequence() else { continue }
                        reported[key] = sequence
                        inHand[sequence] = Work(key: key)
                    }
                    // What is held of a channel comes after what waits of it here, and is passed on after that.
                    let (passedOn, copied) = (passOnHeld(but: busy), dispatcher?.copiedKeys ?? [])
                    let behind = dispatcher?.takeHeld(but: copied.subtracting(busy)) ?? []
                    return [.close] + passedOn
                        + behind.map { .work($0.message, Placement(handing: nil, session: 0)) }
                case .report(let intake):
                    return [.send(.report(me, session: membership.session, work), to: .member(intake))]
                case .reportToAll:
                    return [.send(.report(me, session: membership.session, work), to: .everybody)]
                }
            }
    }
}
