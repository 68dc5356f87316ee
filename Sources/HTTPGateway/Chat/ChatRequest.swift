import JSON

/// The body of `POST /v1/chat/completions` (OpenAI's OpenAPI file, `CreateChatCompletionRequest`), checked.
///
/// What is not known is ignored, and so are mere hints (`seed`, `top_p`, penalties, `metadata` and the like). What would
/// change the answer's shape and cannot be honoured is refused.
struct ChatRequest: Sendable {
    let isStreamed: Bool
    /// Whether a stream is to end with the tokens spent.
    let includesUsage: Bool
    private let model: String?
    private let messages: [Message]
    private let temperature: Double?
    private let maxTokens: Int?
    private let stop: [String]
    private let user: String?
    private let plugin: String
    private let format: JSONValue?
    private let tools: JSONValue?
    private let toolChoice: JSONValue?

    /// - Parameter plugin: who asks, where the request does not say.
    init(_ object: [String: JSONValue], names: ModelNames, plugin: String) throws(APIError) {
        self.plugin = plugin
        try Unsupported.check(object)
        var reader = FieldReader(object)
        model = names.resolved(reader.requiredString("model", maxBytes: 256) ?? "")
        messages = Message.readAll(&reader)
        temperature = reader.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let tokens = "a whole number of at least 1"
        let newer = reader.integer("max_completion_tokens", in: 1...Int(Int32.max), as: tokens)
        maxTokens = newer ?? reader.integer("max_tokens", in: 1...Int(Int32.max), as: tokens)
        stop = Self.stop(&reader)
        user = reader.string("user", maxBytes: 256)
        isStreamed = reader.bool("stream") ?? false
        includesUsage = reader.object("stream_options")?["include_usage"] == .bool(true)
        format = Self.format(&reader)
        tools = reader.array("tools", of: "tools").flatMap { $0.isEmpty ? nil : .array($0) }
        toolChoice = reader.value("tool_choice")
        if let fault = reader.faults.first { throw .invalid(fault) }
    }

    /// As the service is asked.
    func payload(id: String, timeout: Duration) -> [UInt8] {
        JSONWriter.object(capacity: messages.reduce(512) { $0 + $1.size }) { writer in
            writer.field("action", "complete")
            writer.field("request_id", id)
            writer.field("timeout_s", timeout / .seconds(1))
            if let model { writer.field("model", model) }
            writer.field("messages") { writer in
                writer.array { writer in for message in messages { message.write(to: &writer) } }
            }
            if isStreamed { writer.field("stream", true) }
            if let temperature { writer.field("temperature", temperature) }
            if let maxTokens { writer.field("max_tokens", maxTokens) }
            if !stop.isEmpty { writer.field("stop") { $0.strings(stop) } }
            if let user, !user.isEmpty { writer.field("username", user) } else { writer.field("plugin", plugin) }
            if let format { writer.field("response_format") { $0.value(format) } }
            if let tools { writer.field("tools") { $0.value(tools) } }
            if let toolChoice { writer.field("tool_choice") { $0.value(toolChoice) } }
        }
    }

    private static func stop(_ reader: inout FieldReader) -> [String] {
        switch reader.value("stop") {
        case nil: return []
        case .string(let text)?: return text.isEmpty ? [] : [text]
        default: return reader.strings("stop", atMost: 16) ?? []
        }
    }

    /// Nil for plain text.
    private static func format(_ reader: inout FieldReader) -> JSONValue? {
        guard let format = reader.object("response_format") else { return nil }
        switch format["type"]?.string {
        case "text": return nil
        case "json_object", "json_schema": return .object(format)
        default:
            reader.fault("response_format.type", expected: "text, json_object or json_schema", got: format["type"])
            return nil
        }
    }
}
