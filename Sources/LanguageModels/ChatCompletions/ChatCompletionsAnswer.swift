import FoundationEssentials
import JSON

/// What `POST /chat/completions` answers, in as far as we use it.
struct ChatCompletionsAnswer {
    /// One of the answers (we ask for one).
    struct Choice {
        /// Nil where there is no message; empty where its content is null.
        let content: String?
        let refusal: String?
        let finishReason: String?
        /// OpenRouter: the model failed after it had begun.
        let error: ErrorPayload?

        init(_ value: JSONValue) {
            let message = value["message"]
            content = message?.object == nil ? nil : Self.text(message?["content"])
            refusal = message?["refusal"]?.string
            finishReason = value["finish_reason"]?.string
            error = value["error"].flatMap(ErrorPayload.init)
        }

        /// Content is a text or a list of parts. The texts are the answer, everything else (reasoning, images) is not; what
        /// models think has fields of its own, which are not read.
        private static func text(_ content: JSONValue?) -> String {
            if let text = content?.string { return text }
            let parts = content?.items ?? []
            return parts.map { part in
                let type = part["type"]?.string ?? "text"
                return type == "text" || type == "output_text" ? part["text"]?.string ?? "" : ""
            }.joined()
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
        if let usage = value["usage"], usage.object != nil {
            self.usage = TokenUsage(
                promptTokens: usage.tokens("prompt_tokens"), completionTokens: usage.tokens("completion_tokens"))
        } else {
            usage = nil
        }
    }
}
