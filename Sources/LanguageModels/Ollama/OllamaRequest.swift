import JSON

/// The body of `POST /api/chat` and `POST /api/generate` (Ollama, `api/types.go`: `ChatRequest`, `GenerateRequest`).
struct OllamaRequest {
    let request: CompletionRequest
    let model: String
    let wire: OllamaWire
    /// Whether `think` is sent, where it is set: models that cannot refuse it.
    var sendsThink: Bool

    /// Whether it is one for `/api/chat`.
    var isChat: Bool { if case .messages = request.input { true } else { false } }

    /// The JSON text.
    ///
    /// - Throws: where a picture is elsewhere: Ollama fetches none.
    func encoded() throws(ProviderError) -> [UInt8] {
        let images = try pictures()
        return JSONWriter.object(capacity: capacity) { body in
            body.field("model", model)
            switch request.input {
            case .messages(let messages):
                body.field("messages") {
                    $0.messages(messages.withResultsInOrder, images: images, for: wire.endpoint.origin(model))
                }
                // It has no word for which tool is to be called; for none there is to leave them out.
                if let tools = request.tools, tools.choice?.value != .string("none") {
                    body.field("tools") { $0.value(tools.tools) }
                }
            case .text(let prompt, let system):
                body.field("prompt", prompt)
                if let system { body.field("system", system) }
                if !images.isEmpty { body.field("images") { $0.strings(images) } }
            }
            // Always: only of a stream can be known that the model is at work, and where it stopped.
            body.field("stream", true)
            if let format = request.format {
                body.field("format") { $0.value(format.schema?.source ?? RawJSON(.string("json"))) }
            }
            if sendsThink, let think = wire.settings.think { body.field("think") { $0.value(think) } }
            if let keepAlive = wire.settings.keepAlive { body.field("keep_alive") { $0.value(keepAlive) } }
            body.field("options") { $0.object { options(&$0) } }
        }
    }

    /// In base64, without anything before it.
    private func pictures() throws(ProviderError) -> [String] {
        let all = request.messages.reduce(request.images) { $0 + $1.images }
        guard all.allSatisfy({ $0.base64 != nil }) else {
            throw ProviderError(.invalidRequest, "Ollama takes pictures as data only, not by their address")
        }
        return request.images.compactMap(\.base64)
    }

    private func options(_ options: inout JSONWriter) {
        if let temperature = request.temperature { options.field("temperature", temperature) }
        if let maxTokens = request.maxTokens { options.field("num_predict", maxTokens) }
        if !request.stop.isEmpty { options.field("stop") { $0.strings(request.stop) } }
        if let contextWindow = wire.settings.contextWindow ?? request.contextWindow {
            options.field("num_ctx", contextWindow)
        }
    }

    private var capacity: Int {
        switch request.input {
        case .messages(let messages): messages.reduce(256) { $0 + $1.encodedBytes }
        case .text(let prompt, let system): 256 + prompt.utf8.count + (system?.utf8.count ?? 0)
        }
    }
}

extension [ChatMessage] {
    /// The same with the results of each message's calls in the order of the calls: a result says here which tool it is of, and
    /// two calls may be of the same.
    fileprivate var withResultsInOrder: [ChatMessage] {
        guard contains(where: { $0.toolCallID != nil }) else { return self }
        var ordered = self
        var calls: [ToolCall] = []
        var start = 0
        for end in 0...count where end == count || self[end].role != .tool {
            ordered[start..<end].sort { left, right in
                let place = { (message: ChatMessage) in calls.firstIndex { $0.id == message.toolCallID } ?? calls.count
                }
                return place(left) < place(right)
            }
            if end < count { calls = self[end].toolCalls }
            start = end + 1
        }
        return ordered
    }
}

extension JSONWriter {
    /// A conversation; the pictures belong to its last message, and to those that have their own.
    fileprivate mutating func messages(
        _ messages: [ChatMessage], images: [String], for model: ProviderFields.Origin
    ) {
        array { list in
            // A result is known by its tool's name here, and by its call's id elsewhere.
            var names: [String: String] = [:]
            for (index, message) in messages.enumerated() {
                for call in message.toolCalls { names[call.id] = call.name }
                let images = message.images.compactMap(\.base64) + (index == messages.count - 1 ? images : [])
                list.object { fields in
                    fields.field("role", message.role.rawValue)
                    fields.field("content") { message.write(to: &$0) }
                    if !images.isEmpty { fields.field("images") { $0.strings(images) } }
                    if !message.toolCalls.isEmpty {
                        fields.field("tool_calls") { $0.calls(message.toolCalls, for: model) }
                    }
                    if let name = message.toolCallID.flatMap({ names[$0] }) { fields.field("tool_name", name) }
                    fields.providerFields(message.providerFields, for: model)
                }
            }
        }
    }

    private mutating func calls(_ calls: [ToolCall], for model: ProviderFields.Origin) {
        array { list in
            for call in calls {
                list.object { fields in
                    fields.field("function") { writer in
                        writer.object { function in
                            function.field("name", call.name)
                            function.field("arguments") { $0.value(call.argumentsObject) }
                            function.functionFields(call.providerFields, for: model)
                        }
                    }
                    fields.providerFields(call.providerFields, for: model)
                }
            }
        }
    }
}

extension ToolCall {
    /// Ollama has them as an object where others have a text.
    fileprivate var argumentsObject: RawJSON {
        guard let arguments = RawJSON(arguments), arguments.isObject else { return RawJSON(.object([:])) }
        return arguments
    }
}

extension ImageInput {
    /// The picture itself; nil where it is elsewhere.
    fileprivate var base64: String? {
        guard case .data(_, let base64) = self else { return nil }
        return base64
    }
}
