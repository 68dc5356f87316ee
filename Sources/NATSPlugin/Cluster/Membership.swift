/// What an instance knows of the others, and what part it plays: one of them is the intake, which hears all messages; the
/// others are handed theirs by it. A pure state machine; time is handed in, and what is to be done is returned.
///
/// Who is no intake asks it a few times a second whether it is there (``Action/ping``). Where nobody hears that, or the intake
/// does not answer several times, the first in rank of those that are left takes its place; the next ones wait a little longer.
struct Membership: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What part an instance plays.
    enum Role: Equatable {
        /// It does not know yet whether there is an intake.
        case joining
        case intake
        case member(of: String)
    }

    /// What is to be done.
    enum Action: Equatable {
        /// Ask the intake whether it is there, and say that we are.
        case ping
        /// Subscribe, and tell the others: we are the intake now. `known` are the members there were,
        /// and empty where it was the intake before;
        /// `lost` is the intake before, where it does not answer.
        case takeOffice(term: UInt64, known: [MemberRank], lost: String?)
        /// Another one is: take back the subscriptions, and hand it what still comes.
        case giveUpOffice
        /// Another one believes to be: tell all.
        case announce
        /// Tell an intake that does not know it what is worked on.
        case report(to: String)
        /// Tell all what is worked on, the connection having been lost.
        case reportToAll
    }

    static var pingInterval: Duration { .milliseconds(200) }
    /// A member begins what it was handed only within this time from the last ping that was answered. Shorter than
    /// ``Dispatcher/memberTimeout``, after which the intake hands the same to others.
    static var lease: Duration { .milliseconds(900) }
    /// How many pings in a row may remain without an answer.
    private static var maxMissed: Int { 2 }

    let rank: MemberRank
    private(set) var role = Role.joining
    /// Of the office that it knows of, its own or another one's: each has a larger one than the one before.
    private(set) var term: UInt64 = 0
    /// Grows whenever it was silent for so long that others may have its work: what it was handed before, and has not begun,
    /// it lets go.
    private(set) var session: UInt64 = 1
    private(set) var isLeaving = false
    /// The members that the intake knew of, itself among them, in the order in which they are to take its place; empty where
    /// this one is the intake.
    private(set) var known: [MemberRank] = []
    /// When the last ping that was answered was sent; of the intake: when it was last sure to be awake.
    private(set) var renewed: Instant
    /// Of the intake: until when it waits to hear whether another one has taken its place, having been silent for too long or
    /// without a connection; nil where it is sure to be the intake.
    private var recovery: Instant?
    private var missed = 0
    /// Whether what was said may be lost, so that the intake is to be told anew what is worked on.
    private var mustReport = false

    init(_ rank: MemberRank, now: Instant) {
        self.rank = rank
        renewed = now
    }

    /// Of the intake: whether it does not know whether another one has taken its place.
    var isRecovering: Bool { recovery != nil }

    /// Whether it may begin what it was handed in this session; the intake: whether it decides what comes.
    func mayBegin(now: Instant) -> Bool { recovery == nil && renewed + Self.lease > now }

    /// The intake, if there is another one.
    var intake: String? {
        if case .member(let intake) = role { intake } else { nil }
    }

    // MARK: what happens

    /// Called every ``pingInterval``.
    ///
    /// - Parameters:
    ///   - isConnected: whether the server is there.
    ///   - hasOthers: whether the intake, if this is it, knows of other members.
    mutating func tick(isConnected: Bool, hasOthers: Bool, now: Instant) -> [Action] {
        guard role == .intake else { return isConnected ? [.ping] : [] }
        guard isConnected || !hasOthers else { return [] }
        // Whoever was silent for long waits a moment: another one may have taken its place, and say so.
        if recovery == nil, renewed + Self.lease <= now {
            (recovery, session) = (now + Self.pingInterval, session + 1)
            return []
        }
        guard let recovery else {
            renewed = now
            return []
        }
        return recovery <= now ? takeOffice(after: term, isIntakeGone: false, now: now) : []
    }

    /// The server is there again: what was said meanwhile is lost, and so may be what was handed over.
    mutating func reconnected(hasOthers: Bool, now: Instant) -> [Action] {
        session += 1
        guard role == .intake else {
            // The intake may have lost its connection, too, and is given the time to come back.
            (mustReport, missed) = (true, -1)
            return [.reportToAll, .ping]
        }
        guard hasOthers else { return [.reportToAll] }
        recovery = now + Self.pingInterval
        return [.reportToAll, .announce]
    }

    /// A member knows of a later office than this one's.
    mutating func outdated(by term: UInt64, now: Instant) -> [Action] {
        guard role == .intake, term > self.term else { return [] }
        return takeOffice(after: term, isIntakeGone: false, now: now)
    }

    /// The intake has answered a ping.
    ///
    /// - Parameters:
    ///   - sent: when the ping was sent.
    ///   - known: the members that it knows, itself among them, in the order in which they are to take its place.
    ///   - isNew: whether it did not know this one.
    mutating func answered(
        by intake: String, term: UInt64, known: [MemberRank], isNew: Bool, sent: Instant
    ) -> [Action] {
        guard role != .intake, term >= self.term else { return [] }
        let isNew = isNew || mustReport || role != .member(of: intake) || term != self.term
        mustReport = false
        // So long ago that others may have been handed what we were.
        if renewed + Self.lease <= sent { session += 1 }
        (role, self.term, self.known) = (.member(of: intake), term, known)
        renewed = max(renewed, sent)
        missed = 0
        return isNew ? [.report(to: intake)] : []
    }

    /// A ping was not answered.
    ///
    /// - Parameter isGone: whether nobody hears it; else it was just not answered in time.
    mutating func missed(isGone: Bool, now: Instant) -> [Action] {
        guard role != .intake else { return [] }
        missed += 1
        // The first comes at once, the others after it had the time to.
        let before = known.prefix { $0 != rank }.count { $0.id != intake }
        guard !isLeaving, missed > before + (isGone ? 0 : Self.maxMissed) else { return [] }
        return takeOffice(after: term, now: now)
    }

    /// The intake goes, and wants this one to be the next.
    mutating func appointed(after term: UInt64, now: Instant) -> [Action] {
        guard role != .intake, !isLeaving else { return [] }
        return takeOffice(after: max(term, self.term), isIntakeGone: false, now: now)
    }

    /// An instance says that it is the intake.
    mutating func announced(_ other: MemberRank, term: UInt64) -> [Action] {
        guard other.id != rank.id else { return [] }
        switch role {
        case .intake:
            // The later office counts; of two at the same time, the first in rank.
            guard (term, rank) > (self.term, other) else { return [.announce] }
            (role, self.term, recovery) = (.member(of: other.id), term, nil)
            return [.giveUpOffice, .ping, .report(to: other.id)]
        case .joining, .member:
            guard term >= self.term else { return [] }
            return [.ping]
        }
    }

    /// It ends, and takes no office any more.
    mutating func leave() { isLeaving = true }

    /// The intake has handed over as much as it can number: it takes its office anew.
    mutating func renewOffice(now: Instant) -> [Action] { takeOffice(after: term, isIntakeGone: false, now: now) }

    private mutating func takeOffice(after term: UInt64, isIntakeGone: Bool = true, now: Instant) -> [Action] {
        let (others, lost) = (known.filter { $0.id != rank.id }, isIntakeGone ? intake : nil)
        if renewed + Self.lease <= now { session += 1 }
        (recovery, mustReport, renewed, known) = (nil, false, now, [])
        role = .intake
        self.term = term + 1
        missed = 0
        return [.takeOffice(term: self.term, known: others, lost: lost)]
    }
}
