/// What an instance may do with what it has in hand, and what it tells of it.
extension Coordinator {
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

    /// Whether what has come of a message may be told. Where the connection was lost before it is known that the intake has
    /// heard that the work had begun, another instance may do it: that is asked first.
    func mayEnd(_ placement: Placement, isConnected: Bool) -> Permission {
        guard let handing = placement.handing else { return .granted }
        if unconfirmed[handing.sequence] != nil { return .wait }
        guard let work = inHand[handing.sequence] else { return .refused }
        if placement.session != membership.session, work.begun == nil { return .refused }
        return isConnected || !isUnconfirmed(work) ? .granted : .wait
    }

    private func isUnconfirmed(_ work: Work) -> Bool { work.begun.map { $0 >= membership.renewed } ?? true }

    /// The connection was lost: what has not begun is let go of, and what has just begun is to be confirmed.
    mutating func distrustWhatIsInHand() {
        for (sequence, work) in inHand where isUnconfirmed(work) {
            // A channel of a former office is told of again.
            guard let by = work.by else { continue }
            if work.begun == nil { inHand[sequence] = nil } else { unconfirmed[sequence] = by }
        }
    }

    /// Others do what was handed over by an instance that has ended, as far as is known, or what it says so of.
    mutating func lose(_ sequences: some Sequence<UInt64>) {
        for sequence in sequences where unconfirmed.removeValue(forKey: sequence) != nil { inHand[sequence] = nil }
    }

    mutating func lose(handedBy member: String) { lose(unconfirmed.filter { $0.value == member }.keys) }

    /// Returns whether others are to be told: not that something has begun where that was so long ago, the process having been
    /// stopped, that another one may have been handed it.
    mutating func mayTell(_ acknowledgement: Acknowledgement, now: Instant) -> Bool {
        guard case .begun(let sequence) = acknowledgement, !isIntake, !membership.mayBegin(now: now) else {
            return true
        }
        inHand[sequence] = nil
        return false
    }

    /// All that it has in hand, and what it was done with of late.
    var work: [WorkReport] {
        let waiting = deferred.filter { $0.handing.session == membership.session }
            .map { WorkReport(sequence: $0.handing.sequence, key: $0.handing.key, progress: .waiting) }
        let open = inHand.sorted { $0.key < $1.key }.map { sequence, work in
            WorkReport(
                sequence: sequence, key: work.key,
                progress: unconfirmed[sequence] != nil ? .unconfirmed : work.begun == nil ? .waiting : .begun)
        }
        return waiting + open + finished.map { WorkReport(sequence: $0.sequence, key: nil, progress: .done) }
    }

    /// A message is done with.
    ///
    /// - Parameters:
    ///   - key: of its channel.
    ///   - isBusyHere: whether there is more of its channel.
    mutating func ended(_ placement: Placement, key: UInt64?, isBusyHere: Bool, now: Instant) -> [Effect] {
        var effects: [Effect] = []
        if let handing = placement.handing {
            let isDone = inHand.removeValue(forKey: handing.sequence)?.begun != nil
            if unconfirmed.removeValue(forKey: handing.sequence) == nil, isDone {
                finished.append((handing.sequence, handing.by, now))
            }
            effects += tell(.done(handing.sequence), handing)
        }
        if let key, !isBusyHere {
            effects += isInOffice ? self.effects(of: dispatcher?.endedHere(key) ?? []) : settle([key])
        }
        return effects
    }

    /// Of those channels on which this instance does not work there may be nothing left of its former office.
    mutating func settle(_ keys: some Sequence<UInt64>) -> [Effect] {
        guard !reported.isEmpty else { return [] }
        let copied = dispatcher?.copiedKeys ?? []
        return keys.filter { !copied.contains($0) }.compactMap { reported.removeValue(forKey: $0) }.flatMap {
            sequence in
            inHand[sequence] = nil
            return tell(.done(sequence))
        }
    }

    /// The same, of all channels that are not busy.
    mutating func settle(_ busy: () -> [UInt64]) -> [Effect] {
        reported.isEmpty ? [] : settle(Set(reported.keys).subtracting(busy()).sorted())
    }
}
