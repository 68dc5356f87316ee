/// The life of a connection: a pure state machine.
///
/// The library gives a connection up for good when sign-in fails twice alike. We do not: after such a loss another
/// connection of the library is made. Each has a number; what belongs to an earlier one is ignored.
struct ConnectionState<Link> {
    /// What becomes of a connection just made.
    enum Installed {
        case open
        /// The library gave it up before we had it: try again.
        case lost
        /// The owner has closed meanwhile: close it too.
        case closing
    }

    /// What becomes of one that the library has closed.
    enum Lost { case retry, expected }

    /// What the owner's closing asks for.
    enum Closing {
        case close(Link?)
        /// Somebody else does it, or has done it.
        case wait
    }

    private enum Phase {
        case connecting(UInt)
        case open(Link, UInt)
        case lost
        case closing
    }

    private var phase = Phase.lost
    private var last: UInt = 0

    init() {}

    /// The connection to use, if there is one.
    var link: Link? {
        if case .open(let link, _) = phase { return link }
        return nil
    }

    /// Whether the owner has closed, or is about to.
    var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    /// A try begins; nil if there must be none.
    mutating func beginConnecting() -> UInt? {
        guard case .lost = phase else { return nil }
        last += 1
        phase = .connecting(last)
        return last
    }

    /// The try has led to a connection.
    mutating func connected(_ link: Link, number: UInt) -> Installed {
        switch phase {
        case .connecting(number):
            phase = .open(link, number)
            return .open
        case .closing: return .closing
        case .connecting, .open, .lost: return .lost
        }
    }

    /// The try has led to none, or the library has closed what it led to.
    mutating func lost(number: UInt) -> Lost {
        switch phase {
        case .connecting(number), .open(_, number):
            phase = .lost
            return .retry
        case .connecting, .open, .lost, .closing: return .expected
        }
    }

    /// The owner closes.
    mutating func beginClosing() -> Closing {
        switch phase {
        case .closing: return .wait
        case .open(let link, _):
            phase = .closing
            return .close(link)
        case .connecting, .lost:
            phase = .closing
            return .close(nil)
        }
    }
}
