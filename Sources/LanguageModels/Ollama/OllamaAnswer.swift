import FoundationEssentials
import JSON

/// What `/api/chat` and `/api/generate` answer (Ollama, `api/types.go`: `ChatResponse`, `GenerateResponse`). What the model
/// thought has fields of its own (`thinking`), which are not read.
struct OllamaAnswer {
    let model: String?
    let content: String
    let isDone: Bool
    let doneReason: String?
    let usage: TokenUsage
    let error: ErrorPayload?

    /// - Parameter body: nil comes of what is not one JSON object in UTF-8.
    init?(_ body: Data) {
        guard let value = JSONValue.parse(body), value.object != nil else { return nil }
        model = value["model"]?.string
        content = value["message"]?["content"]?.string ?? value["response"]?.string ?? ""
        isDone = value["done"]?.bool ?? false
        doneReason = value["done_reason"]?.string
        // A counter that is zero is left out.
        usage = TokenUsage(
            promptTokens: value.tokens("prompt_eval_count"), completionTokens: value.tokens("eval_count"))
        error = value["error"].flatMap(ErrorPayload.init)
    }
}
