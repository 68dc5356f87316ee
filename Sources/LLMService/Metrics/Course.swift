/// How long a request took, and what of.
public struct Course: Sendable, Equatable {
    /// What was asked for.
    public enum Action: String, Sendable, CaseIterable { case chat, retry, complete, summarize, embed }

    /// What was asked for.
    public var action: Action
    /// From its coming to its answer's being out.
    public var total: Duration
    /// In line behind others: of its channel, or of all.
    public var queued: Duration
    /// With providers: exchanges, waits between tries and for a place at one; the handing out of pieces is part of it.
    public var atProviders: Duration

    /// What is left: the service's own part, what it reads and stores included.
    public var overhead: Duration { max(.zero, total - queued - atProviders) }
}

extension Work {
    /// What is asked for.
    var action: Course.Action {
        switch self {
        case .chat: .chat
        case .retry: .retry
        case .complete: .complete
        case .summarize: .summarize
        case .embed: .embed
        }
    }
}
