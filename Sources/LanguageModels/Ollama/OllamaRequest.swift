import JSON

/// The body of `POST /api/chat` and `POST /api/generate` (Ollama, `api/types.go`: `ChatRequest`, `GenerateRequest`).
struct OllamaRequest {
    let request: CompletionRequest
    let model: String
    let settings: OllamaSettings
    /// Whether `think` is sent, where it is set: models that cannot refuse it.
    let sendsThink: Bool

    /// Which of the two.
    var path: String {
        switch request.input {
        case .messages: "/api/chat"
        case .text: "/api/generate"
        }
    }

    /// The JSON text.
    func encoded() -> [UInt8] {
        JSONWriter.object(capacity: capacity) { body in
            body.field("model", model)
            switch request.input {
            case .messages(let messages):
                body.field("messages") { $0.messages(messages) }
            case .text(let prompt, let system):
                body.field("prompt", prompt)
                if let system { body.field("system", system) }
            }
            body.field("stream", false)
            if sendsThink, let think = settings.think { body.field("think", think) }
            if let keepAlive = settings.keepAlive { body.field("keep_alive", keepAlive) }
            body.field("options") { $0.object(options) }
        }
    }

    private func options(_ options: inout JSONWriter) {
        if let temperature = request.temperature { options.field("temperature", temperature) }
        if let maxTokens = request.maxTokens { options.field("num_predict", maxTokens) }
        if !request.stop.isEmpty { options.field("stop") { $0.strings(request.stop) } }
        if let contextWindow = settings.contextWindow { options.field("num_ctx", contextWindow) }
    }

    private var capacity: Int {
        switch request.input {
        case .messages(let messages): messages.reduce(256) { $0 + $1.content.utf8.count + 48 }
        case .text(let prompt, let system): 256 + prompt.utf8.count + (system?.utf8.count ?? 0)
        }
    }
}
