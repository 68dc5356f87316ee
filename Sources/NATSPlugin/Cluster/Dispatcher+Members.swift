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
        let its = entries.filter { _, entry in
            entry.member == member && entry.message != nil && entry.session < session && !entry.isDoubtful
        }
        return takeBack(its.keys.sorted())
    }

    /// A member says all that it has in hand, which another intake may have handed to it, and what it was done with of late.
    /// What it had begun and does not name is done, though nobody heard of that. What it had not, as far as is known, it never
    /// got, or let go of, where it was handed that before the session or before the office.
    mutating func reported(_ member: String, session: UInt64, _ work: [WorkReport]) -> [Step] {
        // It reports again when it has been heard of.
        guard members[member] != nil else { return [] }
        let named = Set(work.map(\.sequence))
        let unnamed = entries.filter { sequence, entry in
            entry.member == member && !named.contains(sequence)
                && (entry.message == nil || entry.session < session || isFormer(sequence))
        }
        var over = Array(unnamed.keys)
        for item in work {
            if entries[item.sequence] == nil, item.progress != .done {
                entries[item.sequence] = Entry(member: member, session: 0, key: item.key, message: nil)
                members[member]?.handed += 1
                if let key = item.key { channels[key, default: Busy()].members[member, default: 0] += 1 }
            }
            if item.progress == .waiting { entries[item.sequence]?.isDoubtful = false } else { begun(item.sequence) }
            if item.progress == .done { over.append(item.sequence) }
        }
        unreported.remove(member)
        return takeBack(over.sorted()) + release()
    }

    /// Of what a member reports to have begun when its connection was lost: what it was handed here and is its to do, and what
    /// others do, for it was taken back meanwhile.
    func confirmation(of member: String, _ work: [WorkReport]) -> (kept: [UInt64], lost: [UInt64]) {
        let its = work.filter { $0.progress == .unconfirmed && isMine($0.sequence) }.map(\.sequence)
        return (its.filter { entries[$0]?.member == member }, its.filter { entries[$0]?.member != member })
    }

    /// A member is gone, in order or not. What it had begun is lost.
    mutating func died(_ member: String) -> [Step] {
        guard members.removeValue(forKey: member) != nil else { return [] }
        assign()
        unreported.remove(member)
        for (sequence, entry) in entries where entry.member == member && entry.isDoubtful { begun(sequence) }
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

    /// Whether there is something of which it is not known whether it has begun.
    var hasDoubts: Bool { entries.values.contains(where: \.isDoubtful) }

    /// Who was handed something that has not begun, as far as is known.
    var holders: Set<String> { Set(entries.values.lazy.filter { $0.message != nil }.map(\.member)) }

    /// The channels of which there is such a thing.
    var copiedKeys: Set<UInt64> { Set(entries.values.filter { $0.message != nil }.compactMap(\.key)) }

    /// Takes out what a member gives back.
    mutating func withdraw(_ sequence: UInt64) -> [(key: UInt64?, message: Message)] {
        guard let entry = entries.removeValue(forKey: sequence), let message = entry.message else { return [] }
        return [(entry.key, message)]
    }

    /// Takes out what a member was handed before a session of its and has not begun, in the order in which it came.
    mutating func withdraw(from member: String, before session: UInt64) -> [(key: UInt64?, message: Message)] {
        entries.filter { $0.value.member == member && $0.value.session < session && !$0.value.isDoubtful }.keys
            .sorted().flatMap { withdraw($0) }
    }

    /// A member is gone: what it may have begun is lost. Takes out the rest that it was handed.
    mutating func withdraw(fromLost member: String, before session: UInt64) -> [(key: UInt64?, message: Message)] {
        for (sequence, entry) in entries
        where entry.member == member && entry.session < session && entry.isDoubtful { entries[sequence] = nil }
        return withdraw(from: member, before: session)
    }

    /// A member says all that it has in hand, and what it was done with of late: what it does not name it never got, or let go
    /// of. Takes that out.
    mutating func withdraw(from member: String, _ work: [WorkReport]) -> [(key: UInt64?, message: Message)] {
        for item in work {
            switch item.progress {
            case .waiting: entries[item.sequence]?.isDoubtful = false
            // It may have to be told again that it is the member's.
            case .unconfirmed: begun(item.sequence)
            case .begun, .done: entries[item.sequence] = nil
            }
        }
        let waiting = Set(work.map(\.sequence))
        return entries.filter { $0.value.member == member && !waiting.contains($0.key) }.keys.sorted().flatMap {
            withdraw($0)
        }
    }
}
