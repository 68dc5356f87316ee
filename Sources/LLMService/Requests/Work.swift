package import LanguageModels

/// What a model is to do.
package enum Work: Sendable {
    /// The next turn of a channel's conversation.
    case chat(message: String, channel: String, username: String?)
    /// The last turn of a channel's conversation, answered anew.
    case retry(channel: String)
    /// An answer outside any conversation.
    case complete(CompletionRequest.Input)
    /// A summary of a text, in so many words.
    case summarize(String, maxWords: Int, style: SummaryStyle)
    /// The vectors of some texts.
    case embed([String])

    /// The channel whose turn it is.
    var channel: String? {
        switch self {
        case .chat(_, let channel, _), .retry(let channel): channel
        case .complete, .summarize, .embed: nil
        }
    }
}

/// How long a request took, and which parts of it took how long.
public struct RequestTimings: Sendable, Equatable {
    /// What was asked for.
    public enum Action: String, Sendable, CaseIterable { case chat, retry, complete, summarize, embed }

    /// What was asked for.
    public var action: Action
    /// The time from its arrival until its answer is sent.
    public var total: Duration
    /// The time it waited in the queue, behind others of its channel or of all.
    public var queued: Duration
    /// The time spent on providers: exchanges, and waits between tries and for a free slot; delivery of pieces included.
    public var atProviders: Duration

    /// The rest: the service's own part, reading and storing included.
    public var overhead: Duration { max(.zero, total - queued - atProviders) }
}

extension Work {
    /// What is asked for.
    var action: RequestTimings.Action {
        switch self {
        case .chat: .chat
        case .retry: .retry
        case .complete: .complete
        case .summarize: .summarize
        case .embed: .embed
        }
    }
}
