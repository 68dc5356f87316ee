import BusProtocol
import Conversations
import LLMService

/// What came of an operation; how it is told is the responder's part.
enum OperationResult: Sendable {
    case answer(Answer)
    /// The messages that were cleared.
    case reset(Int)
    /// The requests that were stopped.
    case stopped(Int)
    /// The personas that there are; the channel's own and its model, where these were asked for.
    case personas([String], current: String?, model: String?)
    /// The persona that a channel has now, of those that there are.
    case persona(String, [String])
    case models([ModelListing])
    /// The models that there are, and the one that a channel has.
    case channelModels([ModelListing], current: String)
    /// The model that a channel has now.
    case model(String)
    case remembered(Memory)
    case recalled([Memory], query: String)
    case forgot(Memory)
    case usage(UsageReport)
    case status(ServiceStatus)
    /// The personas that there are, and whether there is anything to remember with.
    case help([String], remembers: Bool)
}
