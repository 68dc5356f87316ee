import JSON

/// What instances say to each other on `rosey-llm.peers`. Each is a JSON object with `type` and `instance`; the first
/// two say with `bridge` whether it takes lines from the bot's own bus.
package enum PeerMessage: Sendable, Equatable {
    /// `hello`: it has begun, and wants to hear who else is there.
    case hello(isBridge: Bool)
    /// `here`: it goes on.
    case here(isBridge: Bool)
    /// `gone`: it ends.
    case gone
    /// `stop`: with `request_id`, or `channel_id` and perhaps `username`; answered with `{"instance":"…","stopped":2}`.
    case stop(StopOrder)

    /// Whether its sender takes lines from the bot's own bus; nil where it does not say.
    package var isBridge: Bool? {
        switch self {
        case .hello(let isBridge), .here(let isBridge): isBridge
        case .gone, .stop: nil
        }
    }

    /// Decodes a message, and who sent it; nil where it is none.
    package static func decode(_ bytes: [UInt8]) -> (PeerMessage, from: String)? {
        guard let fields = JSONValue.parse(bytes)?.object, let instance = fields["instance"]?.string,
            (1...64).contains(instance.utf8.count)
        else { return nil }
        let isBridge = fields["bridge"] == .bool(true)
        switch fields["type"]?.string {
        case "hello"?: return (.hello(isBridge: isBridge), instance)
        case "here"?: return (.here(isBridge: isBridge), instance)
        case "gone"?: return (.gone, instance)
        case "stop"?: return order(fields).map { (.stop($0), instance) }
        default: return nil
        }
    }

    private static func order(_ fields: [String: JSONValue]) -> StopOrder? {
        if let id = fields["request_id"]?.string { return .request(id) }
        guard let channel = fields["channel_id"]?.string else { return nil }
        return fields["username"]?.string.map { .user($0, channel: channel) } ?? .channel(channel)
    }

    /// Returns the payload.
    package func encode(from instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", type)
            writer.field("instance", instance)
            switch self {
            case .hello(let isBridge), .here(let isBridge): writer.field("bridge", isBridge)
            case .gone: break
            case .stop(.request(let id)): writer.field("request_id", id)
            case .stop(.channel(let channel)): writer.field("channel_id", channel)
            case .stop(.user(let user, let channel)):
                writer.field("channel_id", channel)
                writer.field("username", user)
            }
        }
    }

    private var type: String {
        switch self {
        case .hello: "hello"
        case .here: "here"
        case .gone: "gone"
        case .stop: "stop"
        }
    }

    // MARK: the answer to `stop`

    /// Returns the payload that says how much an instance has stopped.
    package static func encode(stopped count: Int, by instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("instance", instance)
            writer.field("stopped", count)
        }
    }

    /// Returns how much an instance says to have stopped, and which it is; nil where it says neither.
    package static func decode(stopped payload: [UInt8]) -> (count: Int, instance: String)? {
        let fields = JSONValue.parse(payload)?.object
        guard let instance = fields?["instance"]?.string, case .integer(let count)? = fields?["stopped"] else {
            return nil
        }
        return (count, instance)
    }
}
