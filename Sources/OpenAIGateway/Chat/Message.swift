import BusProtocol
import JSON

extension LLMRequest.Message {
    /// `messages: [...]`; every fault is noted with its place.
    static func readAll(_ reader: inout FieldReader) -> [LLMRequest.Message] {
        guard case .array(let items)? = reader.raw("messages"), !items.isEmpty else {
            reader.fault("messages", expected: "a list of messages", got: reader.raw("messages"))
            return []
        }
        // Tool calls are passed on as they were written.
        let hasCalls = items.contains { $0.object?["tool_calls"] != nil }
        let sources = hasCalls ? reader.source("messages")?.items : nil
        let messages: [LLMRequest.Message] = items.enumerated().compactMap { index, item in
            guard let object = item.object else {
                reader.fault("messages[\(index)]", expected: "an object", got: item)
                return nil
            }
            var fields = FieldReader(
                JSONObject(object, source: sources?[index]), path: "messages[\(index)]", notesReads: false)
            let message = LLMRequest.Message(&fields)
            reader.adopt(fields.faults)
            // Clients keep an answer that was stopped before its first word in their history.
            return message.flatMap { $0.isEmpty ? nil : $0 }
        }
        if messages.isEmpty, reader.faults.isEmpty { reader.fault("messages", "expected one that says something") }
        return messages
    }

    private init?(_ fields: inout FieldReader) {
        let name = fields.requiredString("role") ?? ""
        // `developer` is what OpenAI calls `system` for its newer models.
        let role = name == "developer" ? "system" : name
        if fields.faults.isEmpty, !["system", "user", "assistant", "tool"].contains(role) {
            fields.fault("role", expected: "system, developer, user, assistant or tool", got: .string(name))
        }
        let (content, images) = Self.content(&fields)
        let hasCalls = fields.array("tool_calls", of: "tool calls")?.isEmpty == false
        let toolCallID = role == "tool" ? fields.requiredString("tool_call_id", maxBytes: 256) : nil
        if !fields.faults.isEmpty { return nil }
        self.init(
            role: role, content: content, images: images, toolCalls: hasCalls ? fields.source("tool_calls") : nil,
            toolCallID: toolCallID, providerFields: role == "assistant" ? fields.string("provider_fields") : nil)
    }

    /// Whether it says nothing, and may.
    private var isEmpty: Bool {
        (role == "assistant" || role == "system") && toolCalls == nil && images.isEmpty
            && content.allSatisfy(\.isWhitespace)
    }

    /// A text, or a list of parts; null where an assistant only called tools.
    private static func content(_ fields: inout FieldReader) -> (text: String, images: [String]) {
        switch fields.value("content") {
        case nil:
            if fields.raw("tool_calls") == nil {
                fields.fault("content", expected: "a string or a list of content parts", got: fields.raw("content"))
            }
            return ("", [])
        case .string(let text)?: return (text, [])
        case .array(let parts)?: return self.parts(parts, &fields)
        case let other?:
            fields.fault("content", expected: "a string or a list of content parts", got: other)
            return ("", [])
        }
    }

    private static func parts(_ parts: [JSONValue], _ fields: inout FieldReader) -> (String, [String]) {
        var texts: [String] = []
        var images: [String] = []
        for (index, part) in parts.enumerated() {
            let place = "content[\(index)]"
            switch part.object?["type"]?.string {
            case "text"?:
                guard let text = part.object?["text"]?.string else {
                    fields.fault("\(place).text", expected: "a string", got: part.object?["text"])
                    continue
                }
                texts.append(text)
            case "image_url"?:
                guard let url = part.object?["image_url"]?.object?["url"]?.string else {
                    fields.fault("\(place).image_url", expected: "an object with a url", got: part.object?["image_url"])
                    continue
                }
                images.append(url)
            case "refusal"?:
                texts.append(part.object?["refusal"]?.string ?? "")
            case let type:
                fields.fault(
                    "\(place).type", expected: "text or image_url", got: type.map { .string($0) } ?? part)
            }
        }
        return (texts.joined(separator: "\n"), images)
    }
}
