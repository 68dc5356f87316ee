import FoundationEssentials
import JSON
import LLMService

/// A prompt as it comes: a text, or an object with one (protocol, section 5).
struct AgentPrompt {
    let text: String

    /// - Parameter maxBytes: the largest payload.
    /// - Throws: what is wrong with it.
    init(_ payload: Data, maxBytes: Int) throws(LLMError) {
        guard payload.count <= maxBytes else {
            throw LLMError(.tooLarge, "expected at most \(maxBytes) bytes, got \(payload.count)")
        }
        guard let first = payload.first(where: { ![0x09, 0x0A, 0x0D, 0x20].contains($0) }) else {
            throw LLMError(.invalidRequest, "expected a prompt, got nothing")
        }
        if first == UInt8(ascii: "{") {
            text = try Self.text(JSONValue.parse(payload)?.object)
        } else {
            guard let plain = String(validating: payload, as: UTF8.self) else {
                throw LLMError(.invalidRequest, "expected a text in UTF-8 or a JSON object")
            }
            text = plain
        }
    }

    private static func text(_ object: [String: JSONValue]?) throws(LLMError) -> String {
        guard let object else { throw LLMError(.invalidJSON, "expected a JSON object in UTF-8") }
        var fields = FieldReader(object)
        let prompt = fields.requiredString("prompt")
        if let fault = fields.faults.first { throw LLMError(.invalidRequest, fault) }
        switch object["attachments"] {
        case nil, .null?, .array([])?: break
        default: throw LLMError(.invalidRequest, "attachments: this agent takes none")
        }
        return prompt ?? ""
    }
}
