import GatewayCore
import BusProtocol
import JSON

/// The body of `POST /v1/embeddings`, checked.
struct EmbeddingQuery: Sendable {
    /// As many as OpenAI takes.
    static let maxInputs = 2048

    let model: String?
    let inputs: [String]
    /// Whether the vectors are wanted as bytes in base64 instead of as numbers.
    let isBase64: Bool
    private let user: String?
    private let plugin: String

    /// - Parameter plugin: who asks, where the request does not say.
    init(_ object: JSONObject, names: ModelNames, plugin: String) throws(APIError) {
        self.plugin = plugin
        var reader = FieldReader(object)
        model = names.resolved(reader.requiredString("model", maxBytes: 256) ?? "")
        inputs = Self.inputs(&reader)
        user = reader.string("user", maxBytes: 256)
        let encoding = reader.string("encoding_format") ?? "float"
        isBase64 = encoding == "base64"
        if !["float", "base64"].contains(encoding) {
            reader.fault("encoding_format", expected: "float or base64", got: .string(encoding))
        }
        if reader.value("dimensions") != nil {
            throw .unsupported("dimensions", "a model's own number of dimensions cannot be changed here")
        }
        if let fault = reader.faults.first { throw .invalid(fault) }
    }

    /// As the service is asked for some of the vectors.
    func request(_ part: ArraySlice<String>, id: String, timeout: Duration) -> LLMRequest {
        var request = LLMRequest(.embed, requestID: id)
        (request.timeout, request.model, request.input) = (timeout, model, part)
        request.setCaller(user, plugin: plugin)
        return request
    }

    /// Whether it is a token's number, or a list: what some clients make of a text.
    private static func isTokens(_ value: JSONValue) -> Bool {
        switch value {
        case .integer, .array: true
        default: false
        }
    }

    private static func inputs(_ reader: inout FieldReader) -> [String] {
        switch reader.value("input") {
        case .string(let text)? where !text.isEmpty: return [text]
        case .array(let items)? where (1...maxInputs).contains(items.count):
            if items.allSatisfy(Self.isTokens) {
                reader.fault("input", "tokens are not taken, only texts (LangChain: check_embedding_ctx_length=False)")
                return []
            }
            for (index, item) in items.enumerated() where (item.string ?? "").isEmpty {
                reader.fault("input[\(index)]", expected: "a non-empty string", got: item)
            }
            return items.compactMap(\.string)
        case let value:
            reader.fault("input", expected: "a non-empty string, or a list of 1 to \(maxInputs) such", got: value)
            return []
        }
    }
}
