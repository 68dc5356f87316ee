/// Members that come, go and say what they have in hand, and the end of the office.
extension Dispatcher {
    /// A member has said that it is there. Returns what follows, and whether it was not known.
    mutating func heard(
        _ rank: MemberRank, session: UInt64, load: Int, isLeaving: Bool, now: Instant
    ) -> (steps: [Step], isNew: Bool) {
        var steps: [Step] = []
        if let before = members[rank.id], before.rank != rank { steps += died(rank.id) }
        let before = members[rank.id]
        var remote = before ?? Remote(rank: rank, session: session, lastHeard: now)
        remote.lastHeard = now
        // What it says of itself elsewhere may have come first.
        remote.session = max(remote.session, session)
        remote.besides = max(0, load - remote.handed)
        remote.isLeaving = remote.isLeaving || isLeaving
        members[rank.id] = remote
        if before?.isReady != remote.isReady {
            assign()
            steps += release()
        }
        if let before, before.session != remote.session { steps += letGo(rank.id, before: remote.session) }
        return (steps, before == nil)
    }

    /// A member has let go of what it was handed before a session of its and had not begun.
    mutating func letGo(_ member: String, before session: UInt64) -> [Step] {
        // One that has not been heard of is handed nothing.
        if let known = members[member]?.session, known != 0 { members[member]?.session = max(known, session) }
        let its = entries.filter { $0.value.member == member && $0.value.message != nil && $0.value.session < session }
        return takeBack(its.keys.sorted())
    }

    /// A member says all that it works on, which another intake may have handed to it. What it was handed before that session,
    /// had begun and does not name is done, though nobody heard of that.
    mutating func reported(
        _ member: String, session: UInt64, _ work: [(sequence: UInt64, key: UInt64?)]
    ) -> [Step] {
        // It reports again when it has been heard of.
        guard members[member] != nil else { return [] }
        let named = Set(work.map(\.sequence))
        let done = entries.filter {
            $0.value.member == member && $0.value.message == nil && $0.value.session < session
                && !named.contains($0.key)
        }
        let steps = takeBack(done.keys.sorted())
        for (sequence, key) in work where entries[sequence] == nil {
            entries[sequence] = Entry(member: member, session: 0, key: key, message: nil)
            members[member]?.handed += 1
            if let key { channels[key, default: Busy()].members[member, default: 0] += 1 }
        }
        unreported.remove(member)
        return steps + release()
    }

    /// A member is gone, in order or not. What it had begun is lost.
    mutating func died(_ member: String) -> [Step] {
        guard members.removeValue(forKey: member) != nil else { return [] }
        assign()
        unreported.remove(member)
        return takeBack(entries.filter { $0.value.member == member }.keys.sorted()) + release()
    }

    /// The members that have not been heard of for too long.
    func silent(now: Instant) -> [(member: String, session: UInt64)] {
        // Of one that was not heard of no session is known.
        members.values.filter { $0.lastHeard + Self.memberTimeout < now }
            .map { ($0.rank.id, $0.session == 0 ? .max : $0.session) }.sorted { $0.0 < $1.0 }
    }

    /// Gives on what is held where it is known by now who works on what. Called a few times a second.
    mutating func tick(now: Instant) -> [Step] {
        guard let deadline = reportDeadline, deadline <= now else { return [] }
        (reportDeadline, unreported) = (nil, [])
        return release()
    }

    /// Nothing more comes here: takes out what is held, in the order in which it came.
    ///
    /// - Parameter kept: the channels of which it stays.
    mutating func takeHeld(but kept: Set<UInt64> = []) -> [(key: UInt64?, message: Message)] {
        let keys = channels.keys.filter { !kept.contains($0) }
        defer { for key in keys { channels[key]?.held = [] } }
        return keys.flatMap { key in (channels[key]?.held ?? []).map { ($0.sequence, key, $0.message) } }
            .sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
    }

    // MARK: after the office

    /// Whether there is something that another member was handed and has not begun, or that is held.
    var hasUndecided: Bool {
        entries.values.contains { $0.message != nil } || channels.values.contains { !$0.held.isEmpty }
    }

    /// The channels of which there is such a thing.
    var copiedKeys: Set<UInt64> { Set(entries.values.filter { $0.message != nil }.compactMap(\.key)) }

    /// Takes out what a member gives back.
    mutating func withdraw(_ sequence: UInt64) -> [(key: UInt64?, message: Message)] {
        guard let entry = entries.removeValue(forKey: sequence), let message = entry.message else { return [] }
        return [(entry.key, message)]
    }

    /// Takes out what a member was handed before a session of its and has not begun, in the order in which it came.
    mutating func withdraw(from member: String, before session: UInt64) -> [(key: UInt64?, message: Message)] {
        entries.filter { $0.value.member == member && $0.value.session < session }.keys.sorted().flatMap {
            withdraw($0)
        }
    }
}
