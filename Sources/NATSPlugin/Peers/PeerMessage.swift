import FoundationEssentials
import JSON

/// What instances say to each other on `rosey-llm.peers`. Each is a JSON object with `type` and `instance`.
enum PeerMessage: Sendable, Equatable {
    /// `hello`: it has begun, and wants to hear who else is there.
    case hello
    /// `here`: it goes on.
    case here
    /// `gone`: it ends.
    case gone
    /// `stop`: with `request_id`, or `channel_id` and perhaps `username`; answered with `{"instance":"…","stopped":2}`.
    case stop(StopOrder)

    /// Reads a message, and who sent it; nil where it is none.
    static func read(_ bytes: Data) -> (PeerMessage, from: String)? {
        guard let fields = JSONValue.parse(bytes)?.object, let instance = fields["instance"]?.string,
            (1...64).contains(instance.utf8.count)
        else { return nil }
        switch fields["type"]?.string {
        case "hello"?: return (.hello, instance)
        case "here"?: return (.here, instance)
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

    /// The message as it goes out.
    func bytes(from instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", type)
            writer.field("instance", instance)
            guard case .stop(let order) = self else { return }
            switch order {
            case .request(let id): writer.field("request_id", id)
            case .channel(let channel): writer.field("channel_id", channel)
            case .user(let user, let channel):
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
}
