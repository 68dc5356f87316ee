import JSON
import ServiceRuntime

/// The body of `POST /chat/completions`, as OpenAI's OpenAPI file has it and every compatible server reads it.
struct ChatCompletionsRequest {
    private static let tokenFields = ["max_tokens", "max_completion_tokens"]
    /// What is noted as refused where `response_format` was with a schema: it is sent in the older way then.
    private static let namedSchema = "response_format json_schema"

    let request: CompletionRequest
    /// Who is asked.
    let origin: ProviderFields.Origin
    /// The server's name for the largest answer: OpenAI's reasoning models refuse the old one, most others know only it.
    let tokenField: String
    /// Fields that this server alone has.
    let extras: [(name: String, value: RawJSON)]
    /// Fields that this model was seen to refuse.
    var refused: Set<String>
    /// Whether the answer is to come piece by piece.
    var isStreamed = true

    var model: String { origin.model }

    /// The optional fields that are in the body.
    var optionalFields: [String] {
        var fields = isStreamed ? ["stream_options"] : []
        if request.temperature != nil { fields.append("temperature") }
        if request.maxTokens != nil, let field = sentTokenField { fields.append(field) }
        if !request.stop.isEmpty { fields.append("stop") }
        if request.format != nil { fields.append("response_format") }
        // Not sent, and refused with tools all the same: OpenAI's newer models take them only without an effort to reason.
        if request.tools != nil { fields.append("reasoning_effort") }
        for case let own? in request.messages.map(\.providerFields) { fields += own.fields(for: origin).map(\.key) }
        fields.removeAll(where: refused.contains)
        return fields
    }

    /// The JSON text.
    func encoded() -> [UInt8] {
        let messages = request.messages
        let capacity = messages.reduce(384) { $0 + $1.encodedBytes }
        return JSONWriter.object(capacity: capacity) { body in
            body.field("model", model)
            body.field("messages") { $0.messages(messages, images: request.images, for: origin, refused: refused) }
            // Only of a stream can be known that the model is at work, and where it stopped.
            body.field("stream", isStreamed)
            if isStreamed, sends("stream_options") {
                body.field("stream_options") { $0.object { $0.field("include_usage", true) } }
            }
            if let temperature = request.temperature, sends("temperature") { body.field("temperature", temperature) }
            if let maxTokens = request.maxTokens, let field = sentTokenField { body.field(field, maxTokens) }
            if !request.stop.isEmpty, sends("stop") { body.field("stop") { $0.strings(request.stop) } }
            if let format = request.format, sends("response_format") {
                body.field("response_format") { $0.responseFormat(format.schema, isNamed: sends(Self.namedSchema)) }
            }
            if let tools = request.tools { body.offer(tools) }
            if request.tools != nil, !sends("reasoning_effort") { body.field("reasoning_effort", "none") }
            for extra in extras { body.field(extra.name) { $0.value(extra.value) } }
        }
    }

    private func sends(_ field: String) -> Bool { refused.isEmpty || !refused.contains(field) }

    /// What to note where a field that was sent is refused.
    func refusal(of field: String) -> String {
        let hasSchema = field == "response_format" && request.format?.schema != nil
        return hasSchema && !refused.contains(Self.namedSchema) ? Self.namedSchema : field
    }

    /// The server's name for it, the other one where that was refused, none where both were.
    private var sentTokenField: String? {
        if sends(tokenField) { return tokenField }
        return Self.tokenFields.first(where: sends)
    }
}

extension String {
    /// The same id of a call in nine letters and digits: another one for each, so that results find their calls.
    fileprivate var shortCallID: String {
        let isShort = utf8.count == 9 && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isShort ? self : String(SHA256.hexadecimal(utf8).prefix(9))
    }
}

extension JSONWriter {
    /// A conversation as the chat wires have it: a list of roles and contents. Pictures are parts of the last content.
    fileprivate mutating func messages(
        _ messages: [ChatMessage], images: [ImageInput], for model: ProviderFields.Origin, refused: Set<String>
    ) {
        array { list in
            for (index, message) in messages.enumerated() {
                list.object { fields in
                    fields.field("role", message.role.rawValue)
                    let images = message.images + (index == messages.count - 1 ? images : [])
                    if !images.isEmpty {
                        fields.field("content") { $0.parts(message, images) }
                    } else {
                        fields.field("content") { message.write(to: &$0) }
                    }
                    fields.tools(message, for: model, shortIDs: refused.contains(ModelQuirks.shortCallIDs))
                    fields.providerFields(message.providerFields, for: model, refused: refused)
                }
            }
        }
    }

    /// What a message says of tools: which the model wanted called, or whose result it is.
    private mutating func tools(_ message: ChatMessage, for model: ProviderFields.Origin, shortIDs: Bool) {
        if let id = message.toolCallID { field("tool_call_id", shortIDs ? id.shortCallID : id) }
        let calls = message.toolCalls
        if calls.isEmpty { return }
        field("tool_calls") { writer in
            writer.array { list in
                for call in calls {
                    list.object { fields in
                        fields.field("id", shortIDs ? call.id.shortCallID : call.id)
                        fields.field("type", "function")
                        fields.field("function") { writer in
                            writer.object { function in
                                function.field("name", call.name)
                                function.field("arguments", call.arguments)
                                function.functionFields(call.providerFields, for: model)
                            }
                        }
                        fields.providerFields(call.providerFields, for: model)
                    }
                }
            }
        }
    }

    fileprivate mutating func offer(_ tools: ToolOffer) {
        field("tools") { $0.value(tools.tools) }
        field("tool_choice", ifSet: tools.choice)
    }

    private mutating func parts(_ message: ChatMessage, _ images: [ImageInput]) {
        array { list in
            list.object { part in
                part.field("type", "text")
                part.field("text") { message.write(to: &$0) }
            }
            for image in images {
                list.object { part in
                    part.field("type", "image_url")
                    part.field("image_url") { $0.object { $0.field("url", image.webAddress) } }
                }
            }
        }
    }

    /// - Parameter isNamed: whether a schema is given as OpenAI has it; else as llama-cpp-python and others do.
    fileprivate mutating func responseFormat(_ schema: JSONSchema?, isNamed: Bool) {
        object { format in
            guard let schema, isNamed else {
                format.field("type", "json_object")
                format.field("schema", ifSet: schema?.source)
                return
            }
            format.field("type", "json_schema")
            format.field("json_schema") { $0.value(schema.wrapped) }
        }
    }
}
