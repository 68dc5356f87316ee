import JSON
import LLMService
import LanguageModels

extension RequestReader {
    /// Reads `messages: [{role, content}]`; every fault is noted with its place.
    mutating func messages(_ limits: RequestLimits) throws(LLMError) -> [ChatMessage] {
        guard case .array(let items)? = fields.value("messages"), !items.isEmpty, items.count <= limits.messages
        else {
            fields.fault(
                "messages", expected: "a list of 1 to \(limits.messages) messages", got: fields.value("messages"))
            return []
        }
        // What is said of tool calls is passed on as it was written.
        let hasCalls = items.contains { $0.object?["tool_calls"] != nil }
        let sources = hasCalls ? fields.source("messages")?.items : nil
        var messages: [ChatMessage] = []
        for (index, item) in items.enumerated() {
            guard let object = item.object else {
                fields.fault("messages[\(index)]", expected: "an object", got: item)
                continue
            }
            var part = FieldReader(
                JSONObject(object, source: sources?[index]), path: "messages[\(index)]", notesReads: false)
            if let message = try Self.message(&part, limits) { messages.append(message) }
            fields.adopt(part.faults)
        }
        let images = messages.reduce(0) { $0 + $1.images.count }
        if images > limits.images {
            throw .tooLarge("messages", "pictures", limits.images, got: images)
        }
        return messages
    }

    private static func message(_ fields: inout FieldReader, _ limits: RequestLimits) throws(LLMError) -> ChatMessage? {
        let role = fields.requiredString("role").flatMap { name in
            let role = ChatMessage.Role(rawValue: name)
            if role == nil {
                fields.fault("role", expected: "system, user, assistant or tool", got: .string(name))
            }
            return role
        }
        let images = try images(&fields, limits)
        let calls = role == .assistant ? toolCalls(&fields) : []
        let own = role == .assistant ? providerFields(&fields) : nil
        let callID = role == .tool ? fields.string("tool_call_id", maxBytes: 256) : nil
        // A picture or a call needs no words, and a tool may have none to say.
        let needsNone = !images.isEmpty || !calls.isEmpty || role == .tool
        let content = needsNone ? fields.string("content") ?? "" : fields.requiredString("content")
        guard let role, let content, fields.faults.isEmpty else { return nil }
        return ChatMessage(
            role, content, images: images, toolCalls: calls, toolCallID: callID, providerFields: own)
    }

    /// `tool_calls` as OpenAI writes them.
    private static func toolCalls(_ fields: inout FieldReader) -> [ToolCall] {
        let items = fields.array("tool_calls", of: "tool calls") ?? []
        guard items.count <= 128 else {
            fields.fault("tool_calls", "expected at most 128 calls, got \(items.count)")
            return []
        }
        let sources = items.isEmpty ? [] : fields.source("tool_calls")?.items ?? []
        var calls: [ToolCall] = []
        for (index, item) in items.enumerated() {
            let function = item.object?["function"]?.object
            guard let name = function?["name"]?.string,
                let arguments = Self.arguments(function?["arguments"], sources[index]["function"]?["arguments"])
            else {
                fields.fault(
                    "tool_calls[\(index)]", expected: "an object with a function of a name and arguments", got: item)
                continue
            }
            var call = FieldReader(item.object ?? [:], path: "\(fields.path)tool_calls[\(index)]", notesReads: false)
            calls.append(
                ToolCall(
                    id: item.object?["id"]?.string ?? "", name: name, arguments: arguments,
                    providerFields: providerFields(&call)))
            fields.adopt(call.faults)
        }
        return calls
    }

    /// What an answer, or one of its calls, gave in the field of the same name.
    private static func providerFields(_ fields: inout FieldReader) -> ProviderFields? {
        guard let text = fields.string("provider_fields", withheld: true) else { return nil }
        let own = ProviderFields(text: text)
        if own == nil { fields.fault("provider_fields", "expected what an answer gave in it") }
        return own
    }

    /// OpenAI's arguments are a text, Ollama's an object.
    private static func arguments(_ value: JSONValue?, _ source: RawJSON?) -> String? {
        value?.string ?? (value?.object == nil ? nil : source?.text)
    }
}

extension ChatMessage {
    /// Its texts, in bytes.
    var size: Int {
        toolCalls.reduce(content.utf8.count + (providerFields?.byteCount ?? 0)) { $0 + $1.byteCount }
    }
}

extension RequestReader {
    /// `images: ["data:image/png;base64,…", …]`. No fault shows a picture: it is long, and somebody's own.
    mutating func images(_ limits: RequestLimits) throws(LLMError) -> [ImageInput] {
        if fields.value("images") == nil { return [] }
        if let error { throw error }
        return try Self.images(&fields, limits)
    }

    /// The pictures of a request, or of one of its messages.
    static func images(_ fields: inout FieldReader, _ limits: RequestLimits) throws(LLMError) -> [ImageInput] {
        guard let value = fields.value("images") else { return [] }
        guard case .array(let items) = value else {
            fields.fault("images", expected: "a list of strings", got: value, withheld: true)
            return []
        }
        if items.count > limits.images {
            throw .tooLarge("\(fields.path)images", "pictures", limits.images, got: items.count)
        }
        var images: [ImageInput] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item, let image = ImageInput(text) else {
                fields.fault(
                    "images[\(index)]",
                    expected: "a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL", got: item,
                    withheld: true)
                continue
            }
            if image.byteCount > limits.imageBytes {
                throw .tooLarge("\(fields.path)images[\(index)]", "bytes", limits.imageBytes, got: image.byteCount)
            }
            images.append(image)
        }
        return images
    }
}
