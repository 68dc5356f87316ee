import GatewayCore
import FoundationEssentials
import JSON

/// A streamed answer as server-sent events: each a `chat.completion.chunk`, and `[DONE]` at the end.
struct ChatChunks {
    private let head: ChatAnswer.Head
    private let includesUsage: Bool
    /// As it was asked for: the model that answers is known at the end only, and all chunks are to name the same.
    private let model: String
    private var hasBegun = false
    private var hasText = false

    init(_ head: ChatAnswer.Head, model: String, includesUsage: Bool) {
        self.head = head
        self.model = model
        self.includesUsage = includesUsage
    }

    /// A piece of the answer's text.
    mutating func text(_ piece: String) -> Data {
        var events = Data()
        begin(&events)
        guard !piece.isEmpty else { return events }
        hasText = true
        events += chunk { $0.field("content", piece) }
        return events
    }

    /// The end, and of the answer what has not been said yet.
    mutating func end(_ answer: ChatAnswer) -> Data {
        var events = Data()
        begin(&events)
        if !hasText, !answer.content.isEmpty { events += chunk { $0.field("content", answer.content) } }
        if !answer.toolCalls.isEmpty {
            events += chunk { delta in
                delta.objects("tool_calls", answer.toolCalls.enumerated()) {
                    $1.element.write(to: &$0, index: $1.offset)
                }
            }
        }
        if let own = answer.providerFields { events += chunk { $0.field("provider_fields", own) } }
        events += chunk(finishReason: answer.finishReason) { _ in }
        if includesUsage { events += usage(answer.usage) }
        return events + Self.done
    }

    /// A failure in the middle: the last that is said.
    static func failure(_ error: APIError) -> Data { event(error.json) }

    private static let done = Data("data: [DONE]\n\n".utf8)

    private static func event(_ json: [UInt8]) -> Data {
        var event = Data(capacity: json.count + 8)
        event.append(contentsOf: "data: ".utf8)
        event.append(contentsOf: json)
        event.append(contentsOf: "\n\n".utf8)
        return event
    }

    private mutating func begin(_ events: inout Data) {
        guard !hasBegun else { return }
        hasBegun = true
        events += chunk { delta in
            delta.field("role", "assistant")
            delta.field("content", "")
        }
    }

    private func chunk(finishReason: String? = nil, _ delta: (inout JSONWriter) -> Void) -> Data {
        Self.event(
            JSONWriter.object(capacity: 320) { writer in
                start(&writer)
                writer.objects("choices", CollectionOfOne(0)) { writer, index in
                    writer.field("index", index)
                    writer.object("delta", delta)
                    writer.field("logprobs", orNull: nil)
                    writer.field("finish_reason", orNull: finishReason)
                }
                if includesUsage { writer.field("usage", orNull: nil) }
            })
    }

    private func usage(_ usage: JSONValue?) -> Data {
        Self.event(
            JSONWriter.object { writer in
                start(&writer)
                writer.field("choices") { $0.array { _ in } }
                writer.field("usage") { $0.value(usage ?? .null) }
            })
    }

    private func start(_ writer: inout JSONWriter) {
        writer.field("id", "chatcmpl-\(head.requestID)")
        writer.field("object", "chat.completion.chunk")
        writer.field("created", head.created)
        writer.field("model", model)
        writer.field("system_fingerprint", orNull: nil)
    }
}
