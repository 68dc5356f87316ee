import FoundationEssentials
import JSON

/// What a provider says of a failure, whichever of the shapes in use it says it in:
/// `{"error":{"message","type","param","code"}}` (OpenAI; OpenRouter, with `metadata`), `{"error":"text"}` (Ollama),
/// `{"object":"error","message":…}` (vLLM), a list with one of these in it (Google's compatible door).
struct ErrorPayload: Sendable, Equatable {
    /// A body beyond this many bytes is not looked into: no provider has that much to say.
    static let maxBytes = 256 << 10

    /// The provider's sentence, lower-cased.
    var message = ""
    /// Its words for the failure, lower-cased: code, type, `metadata.error_type`.
    var words: Set<String> = []
    /// The code where it is a number, as a number or a string.
    var numericCode: Int?
    /// The request's field it complains of.
    var param: String?
    /// Whether a moderation's reasons come with it (OpenRouter).
    var isModeration = false
    /// The wait in `metadata` (OpenRouter), seconds.
    var retryAfterSeconds: Double?
    /// What it says of another try (`availability.retryable`, OpenRouter).
    var isRetryable: Bool?

    /// A failure of which nothing else is told.
    static let unexplained = ErrorPayload()

    private init() {}

    /// The failure that a whole body tells of; nil where it tells of none.
    static func parse(_ body: Data) -> ErrorPayload? {
        guard !body.isEmpty, body.count <= maxBytes, let value = JSONValue.parse(body) else { return nil }
        if case .array(let items) = value { return items.first.flatMap(find) }
        return find(in: value)
    }

    private static func find(in value: JSONValue) -> ErrorPayload? {
        guard let fields = value.object else { return nil }
        if let error = fields["error"], error != .null { return ErrorPayload(error) }
        return fields["message"]?.string == nil ? nil : ErrorPayload(value)
    }

    /// The failure that the value of an `error` field tells of; nil for null, false, an empty text and the like.
    init?(_ error: JSONValue) {
        switch error {
        case .string(let text) where !text.isEmpty: message = Self.lowered(text)
        case .object(let fields): read(fields)
        default: return nil
        }
    }

    private mutating func read(_ fields: [String: JSONValue]) {
        let metadata = fields["metadata"]?.object ?? [:]
        message = Self.lowered(fields["message"]?.string ?? "")
        for word in [fields["code"], fields["type"], metadata["error_type"]] {
            if let word = word?.string { words.insert(Self.lowered(word)) }
        }
        numericCode = fields["code"]?.double.flatMap { Int(exactly: $0) }
        param = fields["param"]?.string
        isModeration = metadata["reasons"] != nil || metadata["flagged_input"] != nil
        let hint = metadata["retry_after_seconds"] ?? metadata["headers"]?["Retry-After"]
        retryAfterSeconds = hint?.double
        isRetryable = fields["availability"]?["retryable"]?.bool
    }

    /// Lower-cased and bounded: it is searched for a dozen phrases.
    private static func lowered(_ text: String) -> String {
        String(decoding: text.utf8.prefix(4096), as: UTF8.self).lowercased()
    }
}
