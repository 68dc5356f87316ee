import JSON

/// The body of `POST /api/chat` and `POST /api/generate` (Ollama, `api/types.go`: `ChatRequest`, `GenerateRequest`).
struct OllamaRequest {
    let request: CompletionRequest
    let model: String
    let settings: OllamaSettings
    /// Whether `think` is sent, where it is set: models that cannot refuse it.
    var sendsThink: Bool

    /// Which of the two.
    var path: String {
        switch request.input {
        case .messages: "/api/chat"
        case .text: "/api/generate"
        }
    }

    /// The JSON text.
    ///
    /// - Throws: where a picture is elsewhere: Ollama fetches none.
    func encoded() throws(ProviderError) -> [UInt8] {
        let images = try pictures()
        return JSONWriter.object(capacity: capacity) { body in
            body.field("model", model)
            switch request.input {
            case .messages(let messages):
                body.field("messages") { $0.messages(messages, images: images) }
            case .text(let prompt, let system):
                body.field("prompt", prompt)
                if let system { body.field("system", system) }
                if !images.isEmpty { body.field("images") { $0.strings(images) } }
            }
            // Always: only of a stream can be known that the model is at work, and where it stopped.
            body.field("stream", true)
            if let format = request.format { body.field("format") { $0.value(format.schema ?? .string("json")) } }
            if sendsThink, let think = settings.think { body.field("think") { $0.value(think) } }
            if let keepAlive = settings.keepAlive { body.field("keep_alive") { $0.value(keepAlive) } }
            body.field("options") { $0.object(options) }
        }
    }

    /// In base64, without anything before it.
    private func pictures() throws(ProviderError) -> [String] {
        var pictures: [String] = []
        for image in request.images {
            guard case .data(_, let base64) = image else {
                throw ProviderError(.invalidRequest, "Ollama takes pictures as data only, not by their address")
            }
            pictures.append(base64)
        }
        return pictures
    }

    private func options(_ options: inout JSONWriter) {
        if let temperature = request.temperature { options.field("temperature", temperature) }
        if let maxTokens = request.maxTokens { options.field("num_predict", maxTokens) }
        if !request.stop.isEmpty { options.field("stop") { $0.strings(request.stop) } }
        if let contextWindow = settings.contextWindow ?? request.contextWindow {
            options.field("num_ctx", contextWindow)
        }
    }

    private var capacity: Int {
        switch request.input {
        case .messages(let messages): messages.reduce(256) { $0 + $1.content.utf8.count + 48 }
        case .text(let prompt, let system): 256 + prompt.utf8.count + (system?.utf8.count ?? 0)
        }
    }
}

extension JSONWriter {
    /// A conversation; the pictures belong to its last message.
    fileprivate mutating func messages(_ messages: [ChatMessage], images: [String]) {
        array { list in
            for (index, message) in messages.enumerated() {
                list.object { fields in
                    fields.field("role", message.role.rawValue)
                    fields.field("content", message.text)
                    if index == messages.count - 1, !images.isEmpty { fields.field("images") { $0.strings(images) } }
                }
            }
        }
    }
}
