/// How many requests run at once, and how many wait.
public struct QueueLimits: Sendable, Equatable {
    /// The most that run at once, in all channels together.
    public var running: Int
    /// The most that wait behind those, in all channels together.
    public var waiting: Int
    /// The most that wait in one channel.
    public var waitingPerChannel: Int

    /// Creates limits.
    public init(running: Int = 256, waiting: Int = 10_000, waitingPerChannel: Int = 20) {
        self.running = running
        self.waiting = waiting
        self.waitingPerChannel = waitingPerChannel
    }
}

/// Why a request was not taken.
public enum QueueRefusal: Error, Sendable {
    /// Too many wait in its channel.
    case channelFull
    /// Too many wait in all.
    case serviceFull
    /// The queue takes nothing new.
    case closed
}

/// What a queue has to know of a request.
public struct QueuedRequest: Sendable {
    /// The id by which it can be stopped.
    public var requestID: String
    /// The channel with which it is stopped; nil for none.
    public var channel: String?
    /// Whether it waits for the requests of its channel that came before it, and those behind it wait for it.
    public var isOrdered: Bool
    /// Who asks, where that is known.
    public var user: String?
    /// When it must be done; nil for no bound.
    public var deadline: ContinuousClock.Instant?

    /// Creates a request; with a channel it is in that channel's order unless said otherwise.
    public init(
        requestID: String = "", channel: String? = nil, isOrdered: Bool = true, user: String? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.requestID = requestID
        self.channel = channel
        self.isOrdered = isOrdered && channel != nil
        self.user = user
        self.deadline = deadline
    }
}

/// Which requests of a queue are meant.
public enum RequestSelection: Sendable {
    /// The one of that ticket.
    case ticket(RequestQueue.Ticket)
    /// Those of that id.
    case requestID(String)
    /// All of a channel.
    case channel(String)
    /// All that a user asked for in a channel.
    case user(String, channel: String)
    /// All that have not begun.
    case notBegun
    case all
}

/// Why a request ends early.
public enum StopReason: Error, Sendable, Equatable {
    /// Somebody asked for it.
    case cancelled
    /// Its deadline passed, while it waited or after it had begun.
    case deadline(hasBegun: Bool)
    /// The service shuts down.
    case shutdown
}
