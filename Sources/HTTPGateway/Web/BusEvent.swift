import BusProtocol
import FoundationEssentials
import JSON
import NATSClient

/// What the bus tells of a channel.
enum BusEvent: Sendable {
    case question(OverheardQuestion)
    case piece(id: String, text: String)
    case answer(LLMResponse)
    case failure(LLMFailure)

    /// What is larger has pictures in it, and is no chat that one could read.
    private static let maxBytes = 1 << 20

    /// - Returns: the channel too; nil for what concerns none, and for what is nobody's business but its sender's.
    static func read(_ message: NATSMessage) -> (channel: String, event: BusEvent)? {
        guard message.payload.count <= maxBytes else { return nil }
        switch message.subject {
        case Subjects.request: return question(message, LLMRequest.overheard)
        case Subjects.command: return question(message, ChatCommand.overheard)
        default: break
        }
        guard let reply = LLMReply.decode(message.payload), let channel = reply.channel else { return nil }
        switch reply {
        case .response(let response):
            return concernsChannel(response) ? (channel, .answer(response)) : nil
        case .failure(let failure):
            return (channel, .failure(failure))
        case .delta(let delta):
            guard !delta.requestID.isEmpty, !delta.content.isEmpty else { return nil }
            return (channel, .piece(id: delta.requestID, text: delta.content))
        }
    }

    private static func question(
        _ message: NATSMessage, _ read: ([String: JSONValue]) -> OverheardQuestion?
    ) -> (channel: String, event: BusEvent)? {
        guard let question = JSONValue.parse(message.payload)?.object.flatMap(read) else { return nil }
        return (question.channel, .question(question))
    }

    /// Turns, and what was done to the channel; not what a plugin looked up for itself.
    private static func concernsChannel(_ response: LLMResponse) -> Bool {
        switch response.action {
        case "chat", "reset", "remember", "forget": true
        case "persona": response.personas == nil
        default: false
        }
    }
}
