package import JSON
import LLMService
import ServiceRuntime

/// A command that was typed in a room, on `rosey.command.chat` (documented in RoomCommands.md and Protocol.md).
package struct ChatCommand: Sendable {
    /// What was typed, without `!chat`.
    package var text: String
    /// The channel in which it was typed.
    package var channelID: String
    /// Who typed it.
    package var username: String?
    /// The request's id; nil to have one made.
    package var requestID: String?
    /// A further subject for the answer.
    package var replyTo: String?
    /// Whether pieces of an answer are wanted as they come.
    package var isStreamed = false

    /// Creates a command.
    package init(_ text: String, channelID: String, username: String?, requestID: String? = nil) {
        (self.text, self.channelID, self.username, self.requestID) = (text, channelID, username, requestID)
    }

    /// Returns the payload.
    package func encode() -> [UInt8] {
        JSONWriter.object(capacity: 256 + text.utf8.count) { writer in
            writer.field("command", "chat")
            writer.field("args", text)
            writer.field("channel_id", channelID)
            writer.field("username", ifSet: username)
            writer.field("request_id", ifSet: requestID)
            writer.field("reply_to", ifSet: replyTo)
            if isStreamed { writer.field("stream", true) }
        }
    }

    // MARK: decoding

    /// Decodes a command, as ``Endpoint/decode(_:_:reply:limits:)``: both spellings on the bus, with or without the bot's
    /// event envelope.
    ///
    /// - Parameter verb: the word that the subject says already; the text may say it once more.
    package static func decode(
        _ object: [String: JSONValue]?, _ verb: MemoryVerb? = nil, reply: String?, limits: RequestLimits
    ) -> DecodedRequest {
        guard let object else { return .noObject(verb?.kind ?? .unknown, reply: reply) }
        let (payload, correlation) = unwrapped(object)
        var reader = RequestReader(JSONObject(payload), reply: reply)
        reader.requestID(correlation)
        let channel = reader.channel(Spelling.channel, required: true)
        reader.user(Spelling.user)
        reader.replyTo()
        reader.stream()
        return DecodedRequest(&reader, kind: verb?.kind ?? .unknown) { reader, options throws(LLMError) in
            let text = arguments(&reader.fields) ?? ""
            if let error = reader.error { throw error }
            // Envelopes of one correlation may hold several commands: only the same words again are the same request.
            if reader.context.hasSenderID {
                reader.context.identity = ReplyContext.identity(
                    reader.context.requestID, within: "command", verb?.rawValue ?? "", channel ?? "", text)
            }
            if text.utf8.count > limits.messageBytes {
                throw .tooLarge("args", "bytes", limits.messageBytes, got: text.utf8.count)
            }
            options.caller = .user(reader.context.name)
            return operation(text, verb, channel: channel ?? "", by: reader.context, limits.admins)
        }
    }

    /// Returns what somebody typed, for those who only listen in; nil where it cannot be told.
    package static func overheard(_ object: [String: JSONValue]) -> OverheardQuestion? {
        let (payload, correlation) = unwrapped(object)
        var fields = FieldReader(payload, notesReads: false)
        guard let text = arguments(&fields) else { return nil }
        return OverheardQuestion(payload, text: text.isEmpty ? "!chat help" : "!chat \(text)", id: correlation)
    }

    /// Takes the payload out of the bot's event envelope, if it is in one.
    private static func unwrapped(_ object: [String: JSONValue]) -> ([String: JSONValue], correlation: String?) {
        guard let data = object["data"]?.object, object["event_type"] != nil || object["subject"] != nil else {
            return (object, nil)
        }
        return (data, ReplyContext.id(object["correlation_id"]))
    }

    /// Returns what was typed: a list of words, or one text; nothing at all is an empty text.
    private static func arguments(_ fields: inout FieldReader) -> String? {
        switch fields.value("args") {
        case nil: return ""
        case .string(let text)?: return text.trimmed
        case .array(let words)? where words.allSatisfy({ $0.string != nil }):
            return words.reduce(into: "") { text, word in
                if !text.isEmpty { text += " " }
                text += word.string ?? ""
            }.trimmed
        case let value?:
            fields.fault("args", expected: "a list of words or a string", got: value)
            return nil
        }
    }

    // MARK: what was typed

    /// Returns the kind of what is typed.
    package static func kind(of text: String) -> Operation.Kind {
        operation(text, nil, channel: "", by: ReplyContext(requestID: ""), []).kind
    }

    /// Returns what is asked for. Only exact forms are commands: `help me with python` is a message.
    ///
    /// - Parameter verb: the word that the subject says already.
    private static func operation(
        _ text: String, _ verb: MemoryVerb?, channel: String, by context: ReplyContext, _ admins: Set<String>
    ) -> Operation {
        func memory(_ verb: MemoryVerb, _ text: Substring) -> Operation {
            let isAdmin = context.username.map(admins.contains) ?? false
            return .memory(verb.operation(String(text), by: context.speaker, isAdmin: isAdmin), channel: channel)
        }
        let text = text.trimmed
        let word = text.prefix { !$0.isWhitespace }
        let rest = text[word.endIndex...].drop(while: \.isWhitespace)
        // No command has a longer one.
        let first = word.utf8.count > 8 ? "a long word" : word.lowercased()
        if let verb { return memory(verb, first == verb.rawValue ? rest : text[...]) }
        let isOneWord = rest.isEmpty
        var isTwoWords: Bool { !isOneWord && !rest.contains(where: \.isWhitespace) }
        switch first {
        case "": return .help(channel: channel)
        case "help" where isOneWord: return .help(channel: channel)
        case "reset" where isOneWord: return .reset(channel: channel)
        case "persona" where isOneWord: return .personas(channel: channel)
        case "persona" where isTwoWords: return .setPersona(String(rest), channel: channel)
        case "model" where isOneWord: return .channelModel(channel: channel)
        case "model" where isTwoWords: return .setModel(String(rest), channel: channel)
        case "stop" where isOneWord: return .cancel(.channel(channel))
        case "retry" where isOneWord: return .generate(.retry(channel: channel))
        case "usage" where isOneWord: return .usage(user: context.name)
        case "remember": return memory(.remember, rest)
        case "recall": return memory(.recall, rest)
        case "forget" where isOneWord || isTwoWords: return memory(.forget, rest)
        default: return .generate(.chat(message: text, channel: channel, username: context.speaker))
        }
    }
}
