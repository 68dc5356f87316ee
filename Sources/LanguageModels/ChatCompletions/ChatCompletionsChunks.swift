import JSON

/// What the chunks of a streamed answer have said so far; an answer that came as a whole is one chunk.
struct ChatCompletionsChunks {
    /// The answer's text.
    private(set) var text: AnswerText
    /// Why the model declines, where it says so in a channel of its own.
    private(set) var refusal = ""
    private(set) var model: String?
    private(set) var finishReason: String?
    private(set) var usage: TokenUsage?
    private(set) var tools = ToolCallPieces()
    /// Whether there was a message, or a piece of one, be it empty.
    private(set) var hasMessage = false
    /// Whether the model has said or thought something.
    private(set) var hasBegun = false
    /// Whether it has said something, shown or not.
    private var hasText = false
    /// Whether the last chunk tells of a failure.
    private(set) var hasError = false
    /// What it says of it, where it says so in a field of its own.
    private(set) var error: ErrorPayload?
    /// The message's fields that are the provider's own; nil where nobody wants them.
    private(set) var own: FieldPieces?

    /// - Parameters:
    ///   - beginsInThoughts: see ``AnswerText``.
    ///   - keepsFields: whether the model may need its own fields back.
    init(beginsInThoughts: Bool = false, keepsFields: Bool = false) {
        text = AnswerText(beginsInThoughts: beginsInThoughts)
        own = keepsFields ? FieldPieces() : nil
    }

    /// Whether there is an answer, or a part of one.
    var hasAnswer: Bool { hasText || !tools.isEmpty }

    /// Takes the next chunk. Returns the answer's text in it.
    mutating func read(_ chunk: [UInt8]) throws(JSONError) -> String {
        var reader = JSONReader(chunk)
        let reason = finishReason
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                // Google wraps its failures in a list.
                guard reader.isArray else { return try readFields(&reader) }
                try reader.items { reader throws(JSONError) in try readFields(&reader) }
            }
        } catch {
            // Half a chunk, whose text is lost, must not end the answer.
            finishReason = reason
            text.drop()
            throw error
        }
        return text.next()
    }

    /// There are no more.
    mutating func finish() { text.finish(isCut: FinishReason(wire: finishReason) == .length) }

    private mutating func readFields(_ reader: inout JSONReader) throws(JSONError) {
        try reader.fields { key, reader throws(JSONError) in
            switch key {
            case "choices": try readChoices(&reader)
            case "model" where model == nil: model = try reader.string()
            case "usage" where reader.isObject: usage = TokenUsage(chatCompletions: try reader.value())
            case "error": note(ErrorPayload(try reader.value()))
            // MiniMax's failures are such that no other field tells of them.
            case "base_resp": note(ErrorPayload(baseResponse: try reader.value()))
            // vLLM: {"object":"error","message":…}
            case "object": hasError = try reader.string() == "error" || hasError
            default: try reader.skip()
            }
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
                case "message" where !hasText && tools.isEmpty: try readDelta(&reader, isWhole: true)
                case "finish_reason":
                    // Empty where some servers mean null.
                    if let reason = try reader.string(), !reason.isEmpty { finishReason = reason }
                case "error": note(ErrorPayload(try reader.value()))
                default: try reader.skip()
                }
            }
        }
    }

    private mutating func readDelta(_ reader: inout JSONReader, isWhole: Bool = false) throws(JSONError) {
        if reader.isObject { hasMessage = true }
        if isWhole, own != nil { own = FieldPieces() }
        try reader.fields { key, reader throws(JSONError) in
            switch key {
            case "content" where reader.isArray:
                try reader.items { reader throws(JSONError) in take(try Self.textPart(&reader)) }
            case "content": take(try reader.stringPiece())
            case "refusal":
                // Whether there is one is all that is wanted of it.
                refusal = String((refusal + (try reader.string() ?? "")).prefix(64))
            case "tool_calls", "function_call":
                if reader.isArray || reader.isObject { hasBegun = true }
                try tools.read(&reader, areWhole: isWhole)
            case "role": try reader.skip()
            default:
                let text = try reader.text()
                if Self.isThought(key, text) { hasBegun = true }
                own?.add(key, text)
            }
        }
    }

    /// Whether a field tells of what the model thinks: a sign of life, and not the answer.
    private static func isThought(_ key: String, _ text: ArraySlice<UInt8>) -> Bool {
        guard ["reasoning", "reasoning_content", "reasoning_details"].contains(key) else { return false }
        return text.first == UInt8(ascii: "[") || text.first == UInt8(ascii: "\"") && text.count > 2
    }

    private mutating func take(_ piece: JSONStringPiece?) {
        guard let piece, !piece.isEmpty else { return }
        (hasText, hasBegun) = (true, true)
        text.take(piece)
    }

    /// The text of a part; nil where it is none of the answer's (reasoning, images).
    private static func textPart(_ reader: inout JSONReader) throws(JSONError) -> JSONStringPiece? {
        var (piece, type): (JSONStringPiece?, String?)
        try reader.fields { key, reader throws(JSONError) in
            switch key {
            case "text": piece = try reader.stringPiece()
            case "type": type = try reader.string()
            default: try reader.skip()
            }
        }
        return ["text", "output_text"].contains(type ?? "text") ? piece : nil
    }

    private mutating func note(_ payload: ErrorPayload?) {
        guard let payload else { return }
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
