import GatewayCore
import BusProtocol
import JSON
import ServiceRuntime

/// The body of `POST /web/messages`, checked.
struct TypedMessage: Sendable {
    static let maxTextBytes = 32 << 10
    static let maxChannelBytes = 256
    static let maxNameBytes = 64

    let channel: String
    let name: String
    let text: String
    /// The page's own, so that what it sends again is not said twice.
    let id: String

    init(_ object: JSONObject) throws(APIError) {
        var reader = FieldReader(object)
        let channel = reader.requiredString("channel", maxBytes: Self.maxChannelBytes)
        let name = reader.requiredString("name", maxBytes: Self.maxNameBytes)
        let text = reader.requiredString("text", maxBytes: Self.maxTextBytes)
        let id = reader.requiredString("id", maxBytes: 64)
        // With them somebody can look like somebody else.
        if let name, name.unicodeScalars.contains(where: \.isUnseen) {
            reader.fault("name", "control characters are not allowed in a name")
        }
        if let id, !id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { reader.fault("id", "expected plain characters") }
        if let fault = reader.faults.first { throw .invalid(fault) }
        guard let channel, let name, let text, let id else { throw .invalid("text: expected a message") }
        (self.channel, self.name, self.text, self.id) = (channel, name, text, id)
    }

    /// A name as people read it: who looks like somebody else is taken for him.
    static func folded(_ name: String) -> String {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        return plain.isEmpty ? name : plain
    }

    /// Where it goes, and what goes there. What is a turn is never a command there, and the other way round.
    func outgoing(timeout: Duration) -> (subject: String, payload: [UInt8]) {
        switch TypedLine(text) {
        case .turn(let message):
            var request = LLMRequest(.chat, channelID: channel, username: name, requestID: id, message: message)
            (request.timeout, request.isStreamed) = (timeout, true)
            return (Subjects.request, request.encode())
        case .command(let words):
            var command = ChatCommand(words, channelID: channel, username: name, requestID: id)
            command.isStreamed = true
            return (Subjects.command, command.encode())
        }
    }

    /// As everybody in the channel sees it.
    var question: OverheardQuestion {
        OverheardQuestion(channel: channel, id: id, name: name, text: text, isStreamed: true)
    }
}
