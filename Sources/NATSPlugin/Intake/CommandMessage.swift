import JSON
import LLMService

/// A message on `rosey.command.chat` (wire contract, section 2).
struct CommandMessage {
    let channel: String
    let speaker: String?
    /// Who gave it, as the bot names them; nil where it names nobody.
    let user: String?
    let command: ChatCommand

    /// Reads a message: both spellings on the bus, with or without the bot's event envelope.
    ///
    /// - Parameter verb: what the subject says already; it may be said once more.
    /// - Returns: what comes back in the answer, and the message or what is wrong with it.
    static func read(
        _ object: [String: JSONValue], _ verb: MemoryVerb? = nil, reply: String?, maxBytes: Int
    ) -> (Echo, Result<CommandMessage, LLMError>) {
        let (payload, correlation) = unwrapped(object)
        var reader = MessageReader(payload, reply: reply)
        reader.requestID(correlation)
        let channel = reader.channel(["channel_id", "channel"], required: true)
        let speaker = reader.speaker(["username", "user"])
        reader.replyTo()
        reader.stream()
        let text = arguments(&reader.fields)
        if let error = reader.error { return (reader.echo, .failure(error)) }
        guard let channel, let text else {
            return (reader.echo, .failure(LLMError(.invalidRequest, "channel_id: expected a non-empty string")))
        }
        // Envelopes of one correlation may hold several commands: only the same words again are the same request.
        reader.setScope("command", verb?.rawValue ?? "", channel, text)
        if text.utf8.count > maxBytes { return (reader.echo, .failure(.tooLong("args", text, maxBytes))) }
        let command = CommandMessage(
            channel: channel, speaker: speaker, user: reader.username,
            command: verb.map { ChatCommand($0, text) } ?? ChatCommand(text))
        return (reader.echo, .success(command))
    }

    /// The bot's event envelope, as it is described in the wire contract: `data` is the payload.
    private static func unwrapped(_ object: [String: JSONValue]) -> ([String: JSONValue], correlation: String?) {
        guard let data = object["data"]?.object, object["event_type"] != nil || object["subject"] != nil else {
            return (object, nil)
        }
        let id = object["correlation_id"]?.string
        return (data, id.flatMap { $0.isEmpty || $0.utf8.count > 128 ? nil : $0 })
    }

    /// What was typed: a list of words, or one text; nothing at all is an empty text.
    private static func arguments(_ fields: inout FieldReader) -> String? {
        switch fields.value("args") {
        case nil: return ""
        case .string(let text)?: return text.trimmed
        case .array(let words)? where words.allSatisfy({ $0.string != nil }):
            return words.compactMap(\.string).joined(separator: " ").trimmed
        case let value?:
            fields.fault("args", expected: "a list of words or a string", got: value)
            return nil
        }
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}

extension LLMError {
    /// A text that is longer than is taken.
    static func tooLong(_ field: String, _ text: String, _ maxBytes: Int) -> LLMError {
        LLMError(.tooLarge, "\(field): expected at most \(maxBytes) bytes, got \(text.utf8.count)")
    }
}
