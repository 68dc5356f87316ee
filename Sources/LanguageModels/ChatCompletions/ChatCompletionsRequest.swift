import JSON

/// The body of `POST /chat/completions`, as OpenAI's OpenAPI file has it and every compatible server reads it.
struct ChatCompletionsRequest {
    private static let tokenFields = ["max_tokens", "max_completion_tokens"]

    let request: CompletionRequest
    let model: String
    /// The server's name for the largest answer: OpenAI's reasoning models refuse the old one, most others know only it.
    let tokenField: String
    /// Fields that this model was seen to refuse.
    let refused: Set<String>

    /// The optional fields that are in the body.
    var optionalFields: [String] {
        var fields: [String] = []
        if request.temperature != nil, !refused.contains("temperature") { fields.append("temperature") }
        if request.maxTokens != nil, let field = sentTokenField { fields.append(field) }
        if !request.stop.isEmpty, !refused.contains("stop") { fields.append("stop") }
        return fields
    }

    /// The JSON text.
    func encoded() -> [UInt8] {
        let messages = request.messages
        let capacity = messages.reduce(256) { $0 + $1.content.utf8.count + 48 }
        return JSONWriter.object(capacity: capacity) { body in
            body.field("model", model)
            body.field("messages") { $0.messages(messages) }
            body.field("stream", false)
            for field in optionalFields {
                switch field {
                case "temperature": body.field(field, request.temperature ?? 0)
                case "stop": body.field(field) { $0.strings(request.stop) }
                default: body.field(field, request.maxTokens ?? 0)
                }
            }
        }
    }

    /// The server's name for it, the other one where that was refused, none where both were.
    private var sentTokenField: String? {
        if !refused.contains(tokenField) { return tokenField }
        return Self.tokenFields.first { !refused.contains($0) }
    }
}

extension JSONWriter {
    /// A conversation as the chat wires have it: a list of roles and contents.
    mutating func messages(_ messages: [ChatMessage]) {
        array { list in
            for message in messages {
                list.object { fields in
                    fields.field("role", message.role.rawValue)
                    fields.field("content", message.text)
                }
            }
        }
    }
}
