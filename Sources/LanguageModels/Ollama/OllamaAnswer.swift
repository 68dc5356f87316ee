import JSON

/// What the lines of an answer have said so far.
struct OllamaAnswer {
    /// The answer's text.
    private(set) var text: AnswerText
    private(set) var model: String?
    private(set) var isDone = false
    private(set) var doneReason: String?
    private(set) var tools = ToolCallPieces()
    /// Whether the model has said or thought something.
    private(set) var hasBegun = false
    /// What went wrong, where a line says so.
    private(set) var error: ErrorPayload?
    // A counter that is zero is left out.
    private var promptTokens = 0
    private var completionTokens = 0
    private var writingNanoseconds = 0

    /// The message's fields that are the provider's own; nil where nobody wants them.
    private(set) var own: FieldPieces?

    /// - Parameters:
    ///   - beginsInThoughts: see ``AnswerText``.
    ///   - keepsFields: whether the model may need its own fields back.
    init(beginsInThoughts: Bool, keepsFields: Bool) {
        text = AnswerText(beginsInThoughts: beginsInThoughts)
        own = keepsFields ? FieldPieces() : nil
    }

    /// The tokens spent.
    var usage: TokenUsage { TokenUsage(promptTokens: promptTokens, completionTokens: completionTokens) }

    /// Tokens a second as the server measured them.
    var tokensPerSecond: Double? {
        guard completionTokens > 0, writingNanoseconds > 0 else { return nil }
        return Double(completionTokens) * 1e9 / Double(writingNanoseconds)
    }

    /// Takes the next line.
    ///
    /// - Returns: the answer's text in it; nil where it is not one JSON object.
    mutating func read(_ line: [UInt8]) -> String? {
        var reader = JSONReader(line)
        var isObject = false
        do throws(JSONError) {
            try reader.document { reader throws(JSONError) in
                isObject = reader.isObject
                try reader.fields { key, reader throws(JSONError) in try readField(key, &reader) }
            }
        } catch {
            // Half a line, whose text is lost, must not end the answer.
            isDone = false
            text.drop()
            return nil
        }
        return isObject ? text.next() : nil
    }

    /// There are no more.
    mutating func finish() { text.finish(isCut: FinishReason(wire: doneReason) == .length) }

    private mutating func readField(_ key: String, _ reader: inout JSONReader) throws(JSONError) {
        switch key {
        case "message":
            try reader.fields { key, reader throws(JSONError) in
                switch key {
                case "content": try readText(&reader)
                case "tool_calls":
                    if reader.isArray { hasBegun = true }
                    try tools.read(&reader, areWhole: true)
                default:
                    let text = try reader.text()
                    if key == "thinking", text.first == UInt8(ascii: "\""), text.count > 2 { hasBegun = true }
                    own?.add(key, text)
                }
            }
        case "response": try readText(&reader)
        case "thinking": try readThought(&reader)
        case "model": model = try reader.string() ?? model
        case "done": isDone = try reader.value() == .bool(true)
        case "done_reason": doneReason = try reader.string()
        case "prompt_eval_count": promptTokens = try reader.value().count
        case "eval_count": completionTokens = try reader.value().count
        case "eval_duration": writingNanoseconds = try reader.value().count
        case "error": error = ErrorPayload(try reader.value())
        default: try reader.skip()
        }
    }

    private mutating func readText(_ reader: inout JSONReader) throws(JSONError) {
        guard let piece = try reader.stringPiece(), !piece.isEmpty else { return }
        hasBegun = true
        text.take(piece)
    }

    private mutating func readThought(_ reader: inout JSONReader) throws(JSONError) {
        if try reader.string()?.isEmpty == false { hasBegun = true }
    }
}
