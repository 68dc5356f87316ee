import BusProtocol
import JSON

/// What the service answered, as OpenAI's clients read it.
struct ChatAnswer: Sendable {
    /// What its JSON begins with, whole or in pieces.
    struct Head: Sendable {
        var requestID: String
        /// Seconds since 1970.
        var created: Int
    }

    let content: String
    let model: String
    let finishReason: String
    let usage: JSONValue?
    let toolCalls: [ToolCall]
    /// What has to come back with the message; no field of OpenAI's.
    let providerFields: String?

    init(_ response: LLMResponse) {
        content = response.content
        model = response.fullModel
        toolCalls = ToolCall.readAll(response.toolCalls)
        providerFields = response.providerFields
        let reason = response.finishReason ?? "stop"
        finishReason =
            !toolCalls.isEmpty
            ? "tool_calls" : ["length", "content_filter"].contains(reason) ? reason : "stop"
        usage = response.usage
    }

    /// `chat.completion`.
    func whole(_ head: Head) -> [UInt8] {
        JSONWriter.object(capacity: 512 + content.utf8.count) { writer in
            writer.field("id", "chatcmpl-\(head.requestID)")
            writer.field("object", "chat.completion")
            writer.field("created", head.created)
            writer.field("model", model)
            writer.field("choices") { $0.array { $0.object(choice) } }
            if let usage { writer.field("usage") { $0.value(usage) } }
            writer.field("system_fingerprint", orNull: nil)
        }
    }

    private func choice(_ writer: inout JSONWriter) {
        writer.field("index", 0)
        writer.object("message") { writer in
            writer.field("role", "assistant")
            writer.field("content", orNull: content.isEmpty && !toolCalls.isEmpty ? nil : content)
            writer.field("refusal", orNull: nil)
            if !toolCalls.isEmpty { writer.objects("tool_calls", toolCalls) { $1.write(to: &$0, index: nil) } }
            writer.field("provider_fields", ifSet: providerFields)
        }
        writer.field("logprobs", orNull: nil)
        writer.field("finish_reason", finishReason)
    }
}

/// A tool that the model wants called.
struct ToolCall: Sendable {
    private let id: String
    private let name: String
    /// A JSON text.
    private let arguments: String
    /// What has to come back with it; no field of OpenAI's.
    private let providerFields: String?

    /// - Parameter value: the `tool_calls` of an answer.
    static func readAll(_ value: JSONValue?) -> [ToolCall] {
        guard case .array(let items)? = value else { return [] }
        return items.compactMap { item in
            guard let function = item.object?["function"]?.object, let name = function["name"]?.string else {
                return nil
            }
            // Ollama gives none, and a client needs one to say whose result it sends.
            let id = item.object?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? newID()
            return ToolCall(
                id: id, name: name, arguments: function["arguments"]?.string ?? "{}",
                providerFields: item.object?["provider_fields"]?.string)
        }
    }

    /// Writes its fields.
    ///
    /// - Parameter index: its number, in a stream.
    func write(to writer: inout JSONWriter, index: Int?) {
        if let index { writer.field("index", index) }
        writer.field("id", id)
        writer.field("type", "function")
        writer.object("function") { writer in
            writer.field("name", name)
            writer.field("arguments", arguments)
        }
        writer.field("provider_fields", ifSet: providerFields)
    }

    private static func newID() -> String { "call_" + String(UInt64.random(in: .min ... .max), radix: 36) }
}
