import Synchronization

/// What models were seen to do otherwise than most: the optional fields of a request that they refuse, so that these are not
/// sent again, and whether their thoughts begin in the prompt's template.
final class ModelQuirks: Sendable {
    /// What is noted of a model whose answers begin within its thoughts: their end alone is in them.
    static let beginsInThoughts = "answer begins in thoughts"

    /// What is noted of a model whose template takes only ids of nine letters and digits for calls.
    static let shortCallIDs = "call ids have nine characters"

    /// Models remembered; the ids come from the room, so there must be a bound. Beyond it all is forgotten: the price is
    /// one more refused request.
    private static let limit = 256
    /// No model has a longer id.
    private static let maxModelBytes = 256

    private let quirks = Mutex<[String: Set<String>]>([:])

    /// Those of `model`.
    func of(_ model: String) -> Set<String> {
        quirks.withLock { $0.isEmpty ? [] : $0[model] ?? [] }
    }

    /// Notes one.
    func insert(_ quirk: String, of model: String) {
        guard model.utf8.count <= Self.maxModelBytes else { return }
        quirks.withLock { quirks in
            if quirks.count >= Self.limit, quirks[model] == nil { quirks.removeAll() }
            quirks[model, default: []].insert(quirk)
        }
    }

    /// Notes whether a text began within thoughts.
    func note(_ text: AnswerText, of model: String) {
        if text.hasRetracted, !text.beginsInThoughts { insert(Self.beginsInThoughts, of: model) }
        // A text that was held back in vain: the next one is not.
        if text.beginsInThoughts, !text.hasRetracted, !text.content.isEmpty {
            quirks.withLock { _ = $0[model]?.remove(Self.beginsInThoughts) }
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

    /// Whether a server complains that the id of a call is not nine letters and digits, as Mistral's templates do wherever they
    /// are served.
    var wantsShortCallIDs: Bool {
        message.contains("tool call id") && message.contains("length") && message.contains("9")
    }

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
