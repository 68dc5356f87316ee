/// What the instances of the service say to each other about who does what.
enum ClusterMessage: Sendable {
    /// To the intake, a few times a second: who is there, and how much it has in hand. Answered with ``pong(_:term:known:isNew:)``.
    case ping(MemberRank, session: UInt64, term: UInt64, load: Int, isLeaving: Bool)
    /// The intake is there, and these are the members that it knows; whether the sender of the ping was not among them.
    case pong(MemberRank, term: UInt64, known: [MemberRank], isNew: Bool)
    /// To all: who is the intake.
    case announce(MemberRank, term: UInt64)
    /// To the one that is to be the intake after this one.
    case appoint(after: UInt64)
    /// To a new intake: what a member works on.
    case report(String, [(sequence: UInt64, key: UInt64?)])
    /// To the intake, of what it had handed over.
    case begun(UInt64), done(UInt64), returned(UInt64)
    /// To all: a member has ended, or was silent for too long.
    case gone(String)
    /// To all: a member has let go of what it was handed before this session, and had not begun.
    case letGo(String, before: UInt64)

    /// Whether it is about one message that was handed over, and comes with each of them.
    var isAboutOne: Bool {
        switch self {
        case .begun, .done, .returned: true
        default: false
        }
    }
}
