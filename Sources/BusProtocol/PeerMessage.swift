import JSON

/// An order to stop what another instance may run, on `rosey-llm.peers`: a JSON object with `type`, `instance`, and
/// `request_id`, or `channel_id` and perhaps `username`; answered with `{"instance":"…","stopped":2}`.
package enum PeerMessage: Sendable, Equatable {
    case stop(StopOrder)

    /// Decodes a message and its sender; nil if it is not such a message.
    package static func decode(_ bytes: [UInt8]) -> (PeerMessage, from: String)? {
        guard let fields = JSONValue.parse(bytes)?.object, let instance = fields["instance"]?.string,
            (1...64).contains(instance.utf8.count), fields["type"]?.string == "stop"
        else { return nil }
        return order(fields).map { (.stop($0), instance) }
    }

    private static func order(_ fields: [String: JSONValue]) -> StopOrder? {
        if let id = fields["request_id"]?.string { return .request(id) }
        guard let channel = fields["channel_id"]?.string else { return nil }
        return fields["username"]?.string.map { .user($0, channel: channel) } ?? .channel(channel)
    }

    /// Returns the payload.
    package func encode(from instance: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("type", "stop")
            writer.field("instance", instance)
            switch self {
            case .stop(.request(let id)): writer.field("request_id", id)
            case .stop(.channel(let channel)): writer.field("channel_id", channel)
            case .stop(.user(let user, let channel)):
                writer.field("channel_id", channel)
                writer.field("username", user)
            }
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
