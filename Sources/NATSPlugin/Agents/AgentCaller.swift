import BusProtocol
import JSON
import NATSClient

/// Who says to have sent a prompt (protocol, section 13: the header `Agent-Sender`).
///
/// It is a claim. Nothing is granted on it: it tells apart whose conversation is whose, as the `channel_id` of a request
/// does.
struct AgentCaller {
    /// The public key of a NATS user.
    let user: String
    /// What it calls itself.
    let name: String?

    /// Nil where the headers name nobody.
    init?(_ headers: NATSHeaders) {
        let values = headers.values("Agent-Sender")
        guard values.count == 1, values[0].utf8.count <= 2048,
            let fields = JSONValue.parse(Array(values[0].utf8))?.object, fields["v"] == .integer(1),
            let user = fields["user"]?.string, Self.isUserKey(user)
        else { return nil }
        self.user = user
        name = fields["name"]?.string.flatMap { $0.utf8.count <= 256 ? ReplyContext.speaker($0) : nil }
    }

    /// `U` and 55 letters of base 32.
    private static func isUserKey(_ text: String) -> Bool {
        text.utf8.count == 56 && text.utf8.first == UInt8(ascii: "U")
            && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) }
    }
}
