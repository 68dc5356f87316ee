import JSON
import LLMService
import LanguageModels

/// A message on `rosey.llm.*`.
enum CallMessage {
    /// A model is to work.
    case work(Work, RequestOptions)
    /// Which persona a channel has.
    case persona(of: String)
    case setPersona(String, of: String)
    /// Which personas there are; and a channel's, where one is named.
    case personas(of: String?)
    /// Something is to be done with a channel's memory.
    case memory(MemoryRequest, of: String)
    case models(provider: String?)
    /// How the service does.
    case status
    /// What a user has asked and spent; nil: all together.
    case usage(user: String?)

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - object: the payload; nil where it is no JSON object.
    ///   - registry: for the providers' old names.
    /// - Returns: how it is to be answered, and the message or what is wrong with it.
    static func read(
        _ subject: String, _ object: [String: JSONValue]?, reply: String?, limits: RequestMessage.Limits,
        registry: ProviderRegistry
    ) -> (Echo, Result<CallMessage, LLMError>) {
        let call = Call(subject: subject)
        var reader = MessageReader(object ?? [:], reply: reply)
        reader.setCall(
            CallReply(call: call, registry: registry, tellsModel: object?["include_model"] == .bool(true)))
        reader.requestID(nil)
        reader.replyTo()
        do throws(LLMError) {
            guard let call else { throw LLMError(.unknownAction, "Unknown subject: \(subject.excerpt)") }
            // Whatever is in it.
            if call == .status { return (reader.echo, .success(.status)) }
            if object == nil, !call.needsNothing {
                throw LLMError(.invalidJSON, "expected a JSON object in UTF-8")
            }
            let message = try read(call, &reader, limits)
            if let error = reader.error { return (reader.echo, .failure(error)) }
            return (reader.echo, .success(message))
        } catch {
            return (reader.echo, .failure(error))
        }
    }

    private static func read(
        _ call: Call, _ reader: inout MessageReader, _ limits: RequestMessage.Limits
    ) throws(LLMError) -> CallMessage {
        let isOfChannel = [.chat, .memoryAdd, .memoryRecall, .personaGet, .personaSet].contains(call)
        let channel = reader.channel(["channel", "channel_id"], required: isOfChannel)
        let speaker = reader.speaker(["user", "username"])
        reader.setScope(Subjects.callPrefix + call.rawValue, channel ?? "")
        switch call {
        case .chat, .complete, .summarize:
            var options = try RequestMessage.generation(&reader, limits)
            options.provider = reader.fields.string("provider", maxBytes: 128)
            options.channel = channel
            return .work(try work(call, channel, speaker, &reader, &options, limits), options)
        case .personaGet:
            return .persona(of: channel ?? "")
        case .personaSet:
            return .setPersona(reader.fields.requiredString("persona", maxBytes: 128) ?? "", of: channel ?? "")
        case .personaList:
            return .personas(of: channel)
        case .models:
            return .models(provider: reader.fields.string("provider", maxBytes: 128))
        case .status:
            return .status
        case .memoryAdd:
            return .memory(try RequestMessage.memory(.remember, &reader, speaker, limits.admins), of: channel ?? "")
        case .memoryRecall:
            return .memory(try RequestMessage.memory(.recall, &reader, speaker, limits.admins), of: channel ?? "")
        case .usage:
            return .usage(user: reader.username)
        }
    }

    private static func work(
        _ call: Call, _ channel: String?, _ speaker: String?, _ reader: inout MessageReader,
        _ options: inout RequestOptions, _ limits: RequestMessage.Limits
    ) throws(LLMError) -> Work {
        switch call {
        case .chat: return try RequestMessage.chat(&reader, channel, speaker, limits)
        case .summarize: return try RequestMessage.summary(&reader, limits)
        default:
            // The field of that name is the one that is missing here.
            if reader.fields.value("message") == nil, reader.fields.value("messages") == nil {
                reader.fields.fault("messages", expected: "a list of messages", got: reader.fields.raw("messages"))
                throw reader.error ?? LLMError(.invalidRequest, "messages: expected a list of messages")
            }
            return try RequestMessage.complete(&reader, &options, limits)
        }
    }
}
