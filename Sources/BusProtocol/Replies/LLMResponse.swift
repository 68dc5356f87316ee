import Concurrency
import JSON
package import LLMService
import LanguageModels
import ServiceRuntime

/// A final answer on `llm.response` (documented in Protocol.md). The first three fields are the old plugin's.
package struct LLMResponse: Sendable {
    static let type = "llm_response"
    let fields: [String: JSONValue]

    /// Returns the payload of a model's answer.
    ///
    /// - Parameter roomLength: the longest message a room takes, in UTF-16 units; nil: the answer is not cut.
    package static func encode(_ answer: Answer, to context: ReplyContext, roomLength: Int?) -> [UInt8] {
        let numbers = answer.embeddings.map { $0.vectors.count * $0.dimensions } ?? 0
        return JSONWriter.object(capacity: 640 + answer.content.utf8.count + numbers * 24) { writer in
            writer.head(type, context)
            writer.field("content", answer.content)
            if !answer.toolCalls.isEmpty { toolCalls(&writer, answer.toolCalls) }
            writer.field("provider_fields", ifSet: answer.providerFields?.text)
            tail(&writer, context)
            writer.field("provider", answer.provider)
            writer.field("model", answer.model)
            writer.field("persona", orNull: answer.persona)
            writer.field("finish_reason", answer.finishReason.rawValue)
            writer.field("usage") { writer in usage(&writer, answer.usage) }
            writer.field("latency_ms", answer.latency.milliseconds)
            writer.field("ttft_ms", orNull: answer.firstToken)
            writer.field("tokens_per_s", orNull: answer.tokensPerSecond)
            writer.field("attempts", answer.attempts)
            writer.field("cached", answer.isCached)
            writer.field("context") { writer in self.context(&writer, answer.context) }
            if let vectors = answer.embeddings { embeddings(&writer, vectors) }
            parts(&writer, answer.content, roomLength)
        }
    }

    /// Returns the size in bytes of an answer's payload, where it is above a limit; nil where it is not. Writes nothing that
    /// is as long as the answer.
    package static func size(
        of answer: Answer, to context: ReplyContext, roomLength: Int?, above limit: Int
    ) -> Int? {
        // As JSON a byte may become six, and the parts say everything once more.
        let calls = answer.toolCalls.reduce(answer.providerFields?.byteCount ?? 0) { $0 + $1.byteCount + 128 }
        if (answer.content.utf8.count + calls) * 12 + 16_384 <= limit { return nil }
        var frame = answer
        frame.content = ""
        var size = encode(frame, to: context, roomLength: nil).count + JSONWriter.size(of: answer.content)
        if let roomLength, let parts = RoomText.parts(answer.content, length: roomLength) {
            size = parts.reduce(size + #","parts":[]"#.utf8.count - 1) { $0 + JSONWriter.size(of: $1) + 3 }
        }
        return size > limit ? size : nil
    }

    static func tail(_ writer: inout JSONWriter, _ context: ReplyContext) {
        writer.field("request_id", context.requestID)
        writer.field("action", context.action)
        writer.field("username", context.name)
    }

    static func parts(_ writer: inout JSONWriter, _ content: String, _ roomLength: Int?) {
        guard let roomLength, let parts = RoomText.parts(content, length: roomLength) else { return }
        writer.field("parts") { $0.strings(parts) }
    }

    static func usage(_ writer: inout JSONWriter, _ usage: TokenUsage?) {
        guard let usage else { return writer.null() }
        writer.object { writer in
            writer.field("prompt_tokens", usage.promptTokens)
            writer.field("completion_tokens", usage.completionTokens)
            writer.field("total_tokens", usage.totalTokens)
            if let cost = usage.cost { writer.field("cost", cost) }
        }
    }

    private static func context(_ writer: inout JSONWriter, _ context: Answer.Context?) {
        guard let context else { return writer.null() }
        writer.object { writer in
            writer.field("messages", context.messages)
            writer.field("dropped", context.dropped)
            writer.field("persisted", context.isPersisted)
            writer.field("truncated", context.isCut)
        }
    }

    /// As OpenAI writes them.
    private static func toolCalls(_ writer: inout JSONWriter, _ calls: [ToolCall]) {
        writer.objects("tool_calls", calls) { writer, call in
            writer.field("id", call.id)
            writer.field("type", "function")
            writer.object("function") { writer in
                writer.field("name", call.name)
                writer.field("arguments", call.arguments)
            }
            writer.field("provider_fields", ifSet: call.providerFields?.text)
        }
    }

    private static func embeddings(_ writer: inout JSONWriter, _ embeddings: Embeddings) {
        writer.list("embeddings", embeddings.vectors) { writer, vector in
            writer.array { writer in for number in vector { writer.number(number) } }
        }
        writer.field("dimensions", embeddings.dimensions)
    }
}

extension JSONWriter {
    /// Writes what all replies begin with.
    mutating func head(_ type: String, _ context: ReplyContext) {
        field("type", type)
        field("channel_id") { $0.value(context.channelID) }
    }
}

extension JSONWriter {
    /// Writes a time in whole milliseconds, null where it was not measured.
    mutating func field(_ key: String, orNull time: Duration?) {
        if let time { field(key, time.milliseconds) } else { null(key) }
    }

    /// Writes a speed to one decimal, null where it was not measured.
    mutating func field(_ key: String, orNull speed: Double?) {
        if let speed { field(key, (speed * 10).rounded() / 10) } else { null(key) }
    }
}
