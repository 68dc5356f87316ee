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

    init(_ response: LLMResponse) {
        content = response.content
        model = response.fullModel
        toolCalls = ToolCall.readAll(response.toolCalls)
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
        }
        writer.field("logprobs", orNull: nil)
        writer.field("finish_reason", finishReason)
    }
}
