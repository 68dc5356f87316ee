import JSON

/// What the chunks of a streamed answer have said so far.
struct ChatCompletionsChunks {
    /// The answer's text.
    private(set) var content = ""
    /// The text in the last chunk.
    private var text = ""
    private var thoughts = ThoughtFilter()
    /// Why the model declines, where it says so in a channel of its own.
    private(set) var refusal = ""
    private(set) var model: String?
    private(set) var finishReason: String?
    private(set) var usage: TokenUsage?
    private(set) var tools = ToolCallPieces()
    /// Whether the model has said or thought something.
    private(set) var hasBegun = false
    /// Whether it has said something, shown or not.
    private var hasText = false
    /// Whether the last chunk tells of a failure.
    private(set) var hasError = false
    /// What it says of it, where it says so in a field of its own.
    private(set) var error: ErrorPayload?

    /// Takes the next chunk. Returns the answer's text in it.
    mutating func read(_ chunk: [UInt8]) throws(JSONError) -> String {
        var reader = JSONReader(chunk)
        let reason = finishReason
        text = ""
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in
                    switch key {
                    case "choices": try readChoices(&reader)
                    case "model" where model == nil: model = try reader.string()
                    case "usage" where reader.isObject: usage = TokenUsage(chatCompletions: try reader.value())
                    case "error": try readError(&reader)
                    // vLLM: {"object":"error","message":…}
                    case "object": hasError = try reader.string() == "error" || hasError
                    default: try reader.skip()
                    }
                }
            }
        } catch {
            // Half a chunk, whose text is lost, must not end the answer.
            finishReason = reason
            throw error
        }
        return add(thoughts.feed(text))
    }

    /// There are no more. What was held back as perhaps the beginning of thoughts is the answer's after all.
    mutating func finish() { _ = add(thoughts.finish()) }

    private mutating func add(_ text: String) -> String {
        // Nothing added would still copy a content that is the last piece itself.
        if !text.isEmpty { content += text }
        return text
    }

    /// The first choice counts: one is what we ask for.
    private mutating func readChoices(_ reader: inout JSONReader) throws(JSONError) {
        var isFirst = true
        try reader.items { reader throws(JSONError) in
            guard isFirst else { return try reader.skip() }
            isFirst = false
            try reader.fields { key, reader throws(JSONError) in
                switch key {
                // Some servers send the last chunk's text as a whole message.
                case "delta": try readDelta(&reader)
                case "message" where !hasText: try readDelta(&reader)
                case "finish_reason":
                    // Empty where some servers mean null.
                    if let reason = try reader.string(), !reason.isEmpty { finishReason = reason }
                case "error": try readError(&reader)
                default: try reader.skip()
                }
            }
        }
    }

    private mutating func readDelta(_ reader: inout JSONReader) throws(JSONError) {
        try reader.fields { key, reader throws(JSONError) in
            switch key {
            case "content":
                text += reader.isArray ? ChatCompletionsAnswer.text(try reader.value()) : try reader.string() ?? ""
                if !text.isEmpty {
                    hasText = true
                    hasBegun = true
                }
            case "refusal":
                // Whether there is one is all that is wanted of it.
                refusal = String((refusal + (try reader.string() ?? "")).prefix(64))
            case "tool_calls", "function_call":
                let value = try reader.value()
                if value != .null { hasBegun = true }
                tools.read(value)
            // What models think is a sign of life, and not the answer.
            case "reasoning", "reasoning_content", "reasoning_details":
                let isText = reader.isString
                if isText ? try reader.string()?.isEmpty == false : reader.isArray { hasBegun = true }
                if !isText { try reader.skip() }
            default: try reader.skip()
            }
        }
    }

    private mutating func readError(_ reader: inout JSONReader) throws(JSONError) {
        guard let payload = ErrorPayload(try reader.value()) else { return }
        hasError = true
        error = payload
    }
}

extension TokenUsage {
    /// The `usage` of a chat completion; OpenRouter's has a `cost`.
    init?(chatCompletions usage: JSONValue?) {
        guard let usage, usage.object != nil else { return nil }
        let cost = usage["cost"]?.double.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        self.init(
            promptTokens: usage.tokens("prompt_tokens"), completionTokens: usage.tokens("completion_tokens"), cost: cost
        )
    }
}
