/// What the instances of the service say to each other about who does what.
enum ClusterMessage: Sendable {
    /// To the intake, a few times a second: who is there, and how much it has in hand. Answered with ``pong(_:term:known:partitions:isNew:)``.
    case ping(MemberRank, session: UInt64, term: UInt64, load: Int, isLeaving: Bool)
    /// The intake is there, and these are the members that it knows, and how many partitions each of them has; whether the
    /// sender of the ping was not among them.
    case pong(MemberRank, term: UInt64, known: [MemberRank], partitions: [Int], isNew: Bool)
    /// To all: who is the intake.
    case announce(MemberRank, term: UInt64)
    /// To the one that is to be the intake after this one.
    case appoint(after: UInt64)
    /// To all: one that was the intake does not know what has become of what it had handed over. Answered with a report.
    case inquiry(from: String)
    /// To an intake that is new, or where what was said may be lost: all that a member has in hand, and what it was done with
    /// of late.
    case report(String, session: UInt64, [WorkReport])
    /// To a member that has reported: of what it had begun when a connection was lost, what is its to do, and what others do.
    case confirmation(kept: [UInt64], lost: [UInt64])
    /// To the intake: what has become of what it had handed over, in the order in which it happened.
    case acknowledgements([Acknowledgement])
    /// To all: a member has ended, or was silent for too long.
    ///
    /// `session`: the last of it that the intake knew; later ones are there. ``UInt64/max`` where it has ended.
    case gone(String, session: UInt64)
    /// To all: a member has let go of what it was handed before this session, and had not begun.
    case letGo(String, before: UInt64)
}

/// What a member says of something that it was handed.
struct WorkReport: Sendable, Hashable {
    enum Progress: String {
        case waiting = "w", begun = "b", done = "d"
        /// It has begun, but nobody may have heard of that: see ``ClusterMessage/confirmation(kept:lost:)``.
        case unconfirmed = "u"
    }

    let sequence: UInt64
    /// Of its channel; nil where it belongs to no conversation.
    let key: UInt64?
    let progress: Progress
}

/// What has become of a message that was handed over, by its sequence.
enum Acknowledgement: Sendable, Hashable {
    /// It is being worked on: nobody else is to.
    case begun(UInt64)
    case done(UInt64)
    /// It has not begun, and is to be handed to another one.
    case returned(UInt64)
}
