import Synchronization

/// Which optional fields of a request a model was seen to refuse, so that they are not sent to it again.
final class RefusedFields: Sendable {
    /// Models remembered; the ids come from the room, so there must be a bound. Beyond it all is forgotten: the price is
    /// one more refused request.
    private static let limit = 256
    /// No model has a longer id.
    private static let maxModelBytes = 256

    private let fields = Mutex<[String: Set<String>]>([:])

    /// The fields that `model` refuses.
    func of(_ model: String) -> Set<String> {
        fields.withLock { $0.isEmpty ? [] : $0[model] ?? [] }
    }

    /// Notes one.
    func insert(_ field: String, of model: String) {
        guard model.utf8.count <= Self.maxModelBytes else { return }
        fields.withLock { fields in
            if fields.count >= Self.limit, fields[model] == nil { fields.removeAll() }
            fields[model, default: []].insert(field)
        }
    }
}

extension ErrorPayload {
    private static let refusals = [
        "unsupported", "not support", "unrecognized", "unknown", "not permitted", "not allowed", "only the default",
        "unexpected", "extra inputs", "extra fields", literalError,
    ]
    /// Pydantic's word for a choice that a server does not have.
    private static let literalError = "'literal_error'"

    /// Whether a server complains of a choice that it does not have; llama-cpp-python's does so with a 500.
    var isLiteralError: Bool { message.contains(Self.literalError) }

    /// The field whose presence is refused (a wrong value is another thing); nil where it is none of `fields`.
    ///
    /// - Parameter fields: those that were sent and can be left out.
    func refusedField(of fields: [String]) -> String? {
        let isRefusal =
            words.contains { $0.hasPrefix("unsupported_") || $0.hasPrefix("unknown_") }
            || Self.refusals.contains(where: message.contains)
        // One question's schema is at fault, and not the field.
        let isAboutSchema = message.contains("invalid schema") || message.contains("invalid json schema")
        guard isRefusal, !isAboutSchema else { return nil }
        if let param, fields.contains(param) { return param }
        let named = fields.filter { field in
            ["'", "\"", "`"].contains { message.contains($0 + field + $0) }
                || field.count > 8 && message.contains(field)
        }
        // "Unsupported parameter: 'max_tokens' … Use 'max_completion_tokens' instead": only what was sent is in `fields`.
        return named.first
    }
}
