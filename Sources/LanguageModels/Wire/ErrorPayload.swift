import FoundationEssentials
import HTTPTransport
import JSON

/// What a provider says of a failure, whichever of the shapes in use it says it in:
/// `{"error":{"message","type","param","code"}}` (OpenAI; OpenRouter, with `metadata`), `{"error":"text"}` (Ollama),
/// `{"object":"error","message":…}` (vLLM), `{"base_resp":{"status_code","status_msg"}}` (MiniMax), a list with one of these
/// in it (Google's compatible door).
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
    /// The wait it asks for, in a field or in its sentence.
    var retryAfter: Duration?
    /// What it says of another try (`availability.retryable`, OpenRouter).
    var isRetryable: Bool?

    /// A failure of which nothing else is told.
    static let unexplained = ErrorPayload()

    private init() {}

    /// The failure that a whole body tells of; nil where it tells of none. Before and after its JSON there may be other
    /// things, such as the name of a field of a stream.
    static func parse(_ body: Data) -> ErrorPayload? {
        guard !body.isEmpty, body.count <= maxBytes else { return nil }
        var value = JSONValue.parse(body)
        if value == nil, let start = body.firstIndex(of: UInt8(ascii: "{")),
            let end = body.lastIndex(of: UInt8(ascii: "}")), start < end
        {
            value = JSONValue.parse(body[start...end])
        }
        if case .array(let items)? = value { return items.first.flatMap(find) }
        return value.flatMap(find)
    }

    private static func find(in value: JSONValue) -> ErrorPayload? {
        guard let fields = value.object else { return nil }
        if var payload = fields["error"].flatMap(ErrorPayload.init(_:)) {
            payload.retryAfter = payload.retryAfter ?? RetryDelay.asked(by: fields)
            return payload
        }
        if let payload = fields["base_resp"].flatMap(ErrorPayload.init(baseResponse:)) { return payload }
        return fields["message"]?.string == nil ? nil : ErrorPayload(value)
    }

    /// The failure that MiniMax's `base_resp` tells of; nil where it tells of success.
    init?(baseResponse: JSONValue) {
        guard let code = baseResponse["status_code"]?.double.flatMap({ Int(exactly: $0) }), code != 0 else {
            return nil
        }
        message = Self.lowered(baseResponse["status_msg"]?.string ?? "")
        numericCode = code
        words = ["\(code)"]
    }

    /// The failure that the value of an `error` field tells of; nil for null, false, an empty text and the like.
    init?(_ error: JSONValue) {
        switch error {
        case .string(let text) where !text.isEmpty:
            message = Self.lowered(text)
            retryAfter = RetryDelay.asked(in: message)
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
        let headers = (metadata["headers"]?.object ?? [:]).compactMap { name, value in
            (value.string ?? value.double.map { "\($0)" }).map { (name: name, value: $0) }
        }
        let details = (fields["details"]?.items ?? []).compactMap(\.object)
        let told =
            RetryDelay.asked(by: HTTPHeaders(headers))
            ?? ([fields, metadata] + details).lazy.compactMap(RetryDelay.asked(by:)).first
        // A field may have been rounded.
        retryAfter = [told, RetryDelay.asked(in: message)].compactMap(\.self).max()
        isRetryable = fields["availability"]?["retryable"]?.bool
    }

    /// Whether the server cannot load the model, which does not pass by itself. What ended a running one may.
    var cannotLoad: Bool {
        if message.contains("has terminated") { return false }
        return message.contains("requires more") && message.contains("memory")
            || Self.loadFailures.contains(where: message.contains)
    }

    private static let loadFailures = [
        "unable to load", "failed to load", "cannot load", "could not load", "can't load", "not be loaded",
        "error loading", "failed loading", "loading was stopped", "insufficient system resources",
    ]

    /// Lower-cased and bounded: it is searched for a dozen phrases.
    private static func lowered(_ text: String) -> String {
        String(decoding: text.utf8.prefix(4096), as: UTF8.self).lowercased()
    }
}
