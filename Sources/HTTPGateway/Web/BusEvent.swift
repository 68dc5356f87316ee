import FoundationEssentials
import JSON
import NATSClient

/// What the bus tells of a channel.
enum BusEvent: Sendable {
    case question(Question)
    case piece(id: String, text: String)
    case answer([String: JSONValue])
    case failure([String: JSONValue])

    /// What is larger has pictures in it, and is no chat that one could read.
    private static let maxBytes = 1 << 20

    /// - Returns: the channel too; nil for what concerns none, and for what is nobody's business but its sender's.
    static func read(_ message: NATSMessage) -> (channel: String, event: BusEvent)? {
        guard message.payload.count <= maxBytes else { return nil }
        if message.subject == "llm.delta" { return piece(Array(message.payload)) }
        guard let fields = JSONValue.parse(message.payload)?.object else { return nil }
        switch message.subject {
        case "llm.response":
            guard let channel = channel(fields), concernsChannel(fields) else { return nil }
            return (channel, .answer(fields))
        case "llm.error":
            return channel(fields).map { ($0, .failure(fields)) }
        case "llm.request":
            guard fields["action"] == .string("chat") else { return nil }
            return question(fields, text: fields["message"]?.string)
        default:
            return command(fields)
        }
    }

    private static func command(_ fields: [String: JSONValue]) -> (channel: String, event: BusEvent)? {
        // The bot's event envelope, if there is one.
        let data = fields["event_type"] != nil || fields["subject"] != nil ? fields["data"]?.object : nil
        var payload = data ?? fields
        if data != nil, let id = fields["correlation_id"] { payload["request_id"] = id }
        let words: String? =
            switch payload["args"] {
            case .string(let text)?: text
            case .array(let words)?: words.compactMap(\.string).joined(separator: " ")
            default: nil
            }
        return question(payload, text: "!chat \(words ?? "help")")
    }

    private static func question(
        _ fields: [String: JSONValue], text: String?
    ) -> (channel: String, event: BusEvent)? {
        guard let channel = channel(fields), let text else { return nil }
        let id = fields["request_id"]?.string.flatMap { $0.isEmpty || $0.utf8.count > 128 ? nil : $0 }
        let name = (fields["username"] ?? fields["user"])?.string ?? "User"
        return (
            channel,
            .question(Question(id: id, name: name, text: text, isStreamed: fields["stream"] == .bool(true)))
        )
    }

    private static func channel(_ fields: [String: JSONValue]) -> String? {
        (fields["channel_id"] ?? fields["channel"])?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Turns, and what was done to the channel; not what a plugin looked up for itself.
    private static func concernsChannel(_ fields: [String: JSONValue]) -> Bool {
        switch fields["action"]?.string {
        case "chat", "reset", "remember", "forget": true
        case "persona": fields["personas"] == nil
        default: false
        }
    }

    /// They come by the hundred: no value is built.
    private static func piece(_ bytes: [UInt8]) -> (channel: String, event: BusEvent)? {
        var reader = JSONReader(bytes)
        var (channel, id, text) = ("", "", "")
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in
                    switch key {
                    case "channel_id" where reader.isString: channel = try reader.string() ?? ""
                    case "request_id" where reader.isString: id = try reader.string() ?? ""
                    case "content" where reader.isString: text = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
            }
        } catch { return nil }
        return channel.isEmpty || id.isEmpty || text.isEmpty ? nil : (channel, .piece(id: id, text: text))
    }
}
