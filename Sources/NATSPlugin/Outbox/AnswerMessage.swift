import JSON
import LLMService
import LanguageModels
import ServiceRuntime

/// The JSON of what goes out (wire contract, section 4). The first three fields are the old plugin's.
enum AnswerMessage {
    /// An answer of a model.
    static func response(_ answer: Answer, to echo: Echo, roomLength: Int?) -> [UInt8] {
        if let call = echo.call { return call.answer(answer) }
        let numbers = answer.embeddings.map { $0.vectors.count * $0.dimensions } ?? 0
        return JSONWriter.object(capacity: 640 + answer.content.utf8.count + numbers * 24) { writer in
            head(&writer, "llm_response", echo)
            writer.field("content", answer.content)
            if !answer.toolCalls.isEmpty { toolCalls(&writer, answer.toolCalls) }
            tail(&writer, echo)
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
            writer.field("context") { writer in context(&writer, answer.context) }
            if let vectors = answer.embeddings { embeddings(&writer, vectors) }
            parts(&writer, answer.content, roomLength)
        }
    }

    /// An answer of the service's own: it has the fields of a model's answer, empty where no model had a part in it; `more`
    /// writes further ones.
    static func notice(
        _ content: String, to echo: Echo, provider: String? = nil, model: String? = nil, persona: String? = nil,
        roomLength: Int?,
        _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        JSONWriter.object(capacity: 256 + content.utf8.count) { writer in
            head(&writer, "llm_response", echo)
            writer.field("content", content)
            tail(&writer, echo)
            writer.field("provider", orNull: provider)
            writer.field("model", orNull: model)
            writer.field("persona", orNull: persona)
            for field in ["finish_reason", "usage"] { writer.null(field) }
            writer.field("latency_ms", 0)
            for field in ["ttft_ms", "tokens_per_s"] { writer.null(field) }
            writer.field("attempts", 0)
            writer.field("cached", false)
            writer.null("context")
            more(&writer)
            parts(&writer, content, roomLength)
        }
    }

    /// A failure; `text` is what people read.
    static func failure(_ error: LLMError, text: String, to echo: Echo) -> [UInt8] {
        if let call = echo.call { return call.failure(error, text: text, to: echo) }
        return JSONWriter.object { writer in
            head(&writer, "llm_error", echo)
            writer.field("error", text)
            writer.field("code", error.code.name)
            writer.field("request_id", echo.requestID)
            writer.field("retryable", error.code.isRetryable)
            if let delay = error.retryAfter { writer.field("retry_after_s", delay.seconds) }
            if let provider = error.provider { writer.field("provider", provider) }
            if let attempts = error.attempts { writer.field("attempts", attempts) }
        }
    }

    /// A piece of an answer.
    static func delta(_ text: String, number: Int, to echo: Echo) -> [UInt8] {
        JSONWriter.object(capacity: 128 + text.utf8.count) { writer in
            head(&writer, "llm_delta", echo)
            writer.field("request_id", echo.requestID)
            writer.field("seq", number)
            writer.field("content", text)
        }
    }

    private static func head(_ writer: inout JSONWriter, _ type: String, _ echo: Echo) {
        writer.field("type", type)
        writer.field("channel_id") { $0.value(echo.channelID) }
    }

    private static func tail(_ writer: inout JSONWriter, _ echo: Echo) {
        writer.field("request_id", echo.requestID)
        writer.field("action", echo.action ?? "chat")
        writer.field("username", echo.username)
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

    static func usage(_ writer: inout JSONWriter, _ usage: TokenUsage?) {
        guard let usage else { return writer.null() }
        writer.object { writer in
            writer.field("prompt_tokens", usage.promptTokens)
            writer.field("completion_tokens", usage.completionTokens)
            writer.field("total_tokens", usage.totalTokens)
            if let cost = usage.cost { writer.field("cost", cost) }
        }
    }

    static func models(_ writer: inout JSONWriter, _ models: [ModelListing]) {
        writer.array { writer in
            for model in models {
                writer.object { writer in
                    writer.field("id", model.id)
                    writer.field("provider", model.provider)
                }
            }
        }
    }

    /// As OpenAI writes them.
    private static func toolCalls(_ writer: inout JSONWriter, _ calls: [ToolCall]) {
        writer.field("tool_calls") { writer in
            writer.array { writer in
                for call in calls {
                    writer.object { writer in
                        writer.field("id", call.id)
                        writer.field("type", "function")
                        writer.field("function") { writer in
                            writer.object { writer in
                                writer.field("name", call.name)
                                writer.field("arguments", call.arguments)
                            }
                        }
                    }
                }
            }
        }
    }

    private static func embeddings(_ writer: inout JSONWriter, _ embeddings: Embeddings) {
        writer.field("embeddings") { writer in
            writer.array { writer in
                for vector in embeddings.vectors {
                    writer.array { writer in for number in vector { writer.number(number) } }
                }
            }
        }
        writer.field("dimensions", embeddings.dimensions)
    }

    private static func parts(_ writer: inout JSONWriter, _ content: String, _ roomLength: Int?) {
        guard let roomLength, let parts = RoomText.parts(content, length: roomLength) else { return }
        writer.field("parts") { $0.strings(parts) }
    }
}
