import FoundationEssentials
import JSON

/// What `POST /chat/completions` answers, in as far as we use it.
struct ChatCompletionsAnswer {
    /// One of the answers (we ask for one).
    struct Choice {
        /// Nil where there is no message; empty where its content is null.
        let content: String?
        let refusal: String?
        let toolCalls: [ToolCall]
        let finishReason: String?
        /// OpenRouter: the model failed after it had begun.
        let error: ErrorPayload?

        init(_ value: JSONValue) {
            let message = value["message"]
            content = message?.object == nil ? nil : ChatCompletionsAnswer.text(message?["content"])
            refusal = message?["refusal"]?.string
            var tools = ToolCallPieces()
            if let calls = message?["tool_calls"] ?? message?["function_call"] { tools.read(calls) }
            toolCalls = tools.calls
            finishReason = value["finish_reason"]?.string
            error = value["error"].flatMap(ErrorPayload.init)
        }
    }

    let model: String?
    let choice: Choice?
    let usage: TokenUsage?
    let error: ErrorPayload?

    /// - Parameter body: nil comes of what is not one JSON object in UTF-8.
    init?(_ body: Data) {
        guard let value = JSONValue.parse(body), value.object != nil else { return nil }
        model = value["model"]?.string
        choice = value["choices"]?.items?.first.map(Choice.init)
        error = value["error"].flatMap(ErrorPayload.init)
        usage = TokenUsage(chatCompletions: value["usage"])
    }

    /// Content is a text or a list of parts. The texts are the answer, everything else (reasoning, images) is not; what
    /// models think has fields of its own, which are not read.
    static func text(_ content: JSONValue?) -> String {
        if let text = content?.string { return text }
        let parts = content?.items ?? []
        return parts.map { part in
            let type = part["type"]?.string ?? "text"
            return type == "text" || type == "output_text" ? part["text"]?.string ?? "" : ""
        }.joined()
    }
}
