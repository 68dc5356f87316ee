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
