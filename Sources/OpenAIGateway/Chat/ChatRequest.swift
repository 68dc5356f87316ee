import GatewayCore
import BusProtocol
import JSON

/// The body of `POST /v1/chat/completions` (OpenAI's OpenAPI file, `CreateChatCompletionRequest`), checked.
///
/// What is not known is ignored, and so are mere hints (`seed`, `top_p`, penalties, `metadata` and the like). What would
/// change the answer's shape and cannot be honoured is refused.
struct ChatRequest: Sendable {
    let isStreamed: Bool
    /// Whether a stream is to end with the tokens spent.
    let includesUsage: Bool
    private var request = LLMRequest(.complete)

    /// - Parameter plugin: who asks, where the request does not say.
    init(_ object: JSONObject, names: ModelNames, plugin: String) throws(APIError) {
        try Unsupported.check(object.fields)
        var reader = FieldReader(object)
        request.model = names.resolved(reader.requiredString("model", maxBytes: 256) ?? "")
        request.messages = LLMRequest.Message.readAll(&reader)
        request.temperature = reader.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let tokens = "a whole number of at least 1"
        let newer = reader.integer("max_completion_tokens", in: 1...Int(Int32.max), as: tokens)
        request.maxTokens = newer ?? reader.integer("max_tokens", in: 1...Int(Int32.max), as: tokens)
        request.stop = Self.stop(&reader)
        request.setCaller(reader.string("user", maxBytes: 256), plugin: plugin)
        isStreamed = reader.bool("stream") ?? false
        request.isStreamed = isStreamed
        includesUsage = reader.object("stream_options")?["include_usage"] == .bool(true)
        request.format = Self.format(&reader)
        if reader.array("tools", of: "tools")?.isEmpty == false { request.tools = reader.source("tools") }
        request.toolChoice = reader.source("tool_choice")
        if let fault = reader.faults.first { throw .invalid(fault) }
    }

    /// As the service is asked.
    func request(id: String, timeout: Duration) -> LLMRequest {
        var request = request
        (request.requestID, request.timeout) = (id, timeout)
        return request
    }

    private static func stop(_ reader: inout FieldReader) -> [String] {
        switch reader.value("stop") {
        case nil: return []
        case .string(let text)?: return text.isEmpty ? [] : [text]
        default: return reader.strings("stop", atMost: 16) ?? []
        }
    }

    /// Nil for plain text.
    private static func format(_ reader: inout FieldReader) -> RawJSON? {
        guard let format = reader.object("response_format") else { return nil }
        switch format["type"]?.string {
        case "text": return nil
        case "json_object", "json_schema": return reader.source("response_format")
        default:
            reader.fault("response_format.type", expected: "text, json_object or json_schema", got: format["type"])
            return nil
        }
    }
}

extension LLMRequest {
    /// Notes who asks: a user where one is named, else the plugin.
    mutating func setCaller(_ user: String?, plugin: String) {
        if let user, !user.isEmpty { username = user } else { self.plugin = plugin }
    }
}

/// What OpenAI's interface has, and this service cannot do: better refused than left out in silence.
enum Unsupported {
    static func check(_ object: [String: JSONValue]) throws(APIError) {
        if let count = object["n"], count != .null, count != .integer(1) {
            throw .unsupported("n", "only one answer can be asked for (1)")
        }
        if object["logprobs"] == .bool(true) { throw .unsupported("logprobs", "probabilities are not available") }
        for (field, why) in [
            ("logit_bias", "not available"), ("functions", "use tools"), ("function_call", "use tool_choice"),
            ("audio", "only text can be answered"), ("web_search_options", "not available"),
        ] where !isVoid(object[field]) {
            throw .unsupported(field, why)
        }
        if case .array(let kinds)? = object["modalities"], kinds.contains(where: { $0 != .string("text") }) {
            throw .unsupported("modalities", "only text can be answered")
        }
    }

    private static func isVoid(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null?, .array([])?, .object([:])?: true
        default: false
        }
    }
}
