import Concurrency
import JSON
package import LLMService
import ServiceRuntime

/// A prompt for an agent: a text, or an object with one (Synadia Agent Protocol for NATS 0.3, section 5).
package struct AgentPrompt: Sendable {
    /// The text.
    package let text: String

    /// Decodes a prompt.
    ///
    /// - Parameter maxBytes: the largest payload.
    /// - Throws: what is wrong with it.
    package init(_ payload: [UInt8], maxBytes: Int) throws(LLMError) {
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

/// What answers the prompt of an agent (Synadia Agent Protocol for NATS 0.3, section 6).
package enum AgentChunk {
    /// Returns the payload of a piece of an answer, or of what is told meanwhile.
    package static func encode(_ type: String, _ data: String) -> [UInt8] {
        JSONWriter.object(capacity: 64 + data.utf8.count) { writer in
            writer.field("type", type)
            writer.field("data", data)
        }
    }
}

extension LLMError {
    /// The status that the protocol of agents has for it (section 9.2): it knows only some.
    package var agentStatus: Int {
        switch code.status {
        case 400, 413: 400
        case 404, 429: code.status
        case 499: 409
        default: 500
        }
    }

    /// Returns the payload that goes with the headers of an agent's failure.
    package func agentBody(text: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("error", code.name)
            writer.field("message", text)
            writer.field("retryable", code.isRetryable)
            if let retryAfter { writer.field("retry_after_s", max(1, Int(retryAfter.seconds.rounded(.up)))) }
        }
    }
}
