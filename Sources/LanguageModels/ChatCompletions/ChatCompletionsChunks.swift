import JSON

/// What the chunks of a streamed answer have said so far.
struct ChatCompletionsChunks {
    /// The answer's text.
    private(set) var content = ""
    /// The text in the last chunk.
    private var text = ""
    /// Why the model declines, where it says so in a channel of its own.
    private(set) var refusal = ""
    private(set) var model: String?
    private(set) var finishReason: String?
    private(set) var usage: TokenUsage?
    private(set) var tools = ToolCallPieces()
    /// Whether the model has said or thought something.
    private(set) var hasBegun = false
    /// Whether the last chunk tells of a failure.
    private(set) var hasError = false

    /// Takes the next chunk. Returns the text in it.
    mutating func read(_ chunk: [UInt8]) throws(JSONError) -> String {
        var reader = JSONReader(chunk)
        let reasonBefore = finishReason
        text = ""
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                try reader.fields { key, reader throws(JSONError) in try readField(key, &reader) }
            }
        } catch {
            // Half a chunk, cut off after it said so, is not the end: what else it said is not taken.
            finishReason = reasonBefore
            throw error
        }
        content += text
        return text
    }

    private mutating func readField(_ key: String, _ reader: inout JSONReader) throws(JSONError) {
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
                case "message" where content.isEmpty && text.isEmpty: try readDelta(&reader)
                case "finish_reason": if let reason = try reader.string() { finishReason = reason }
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
                if !text.isEmpty { hasBegun = true }
            case "refusal":
                refusal += try reader.string() ?? ""
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
        if ErrorPayload(try reader.value()) != nil { hasError = true }
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
