/// Which failure gets what: the one table from statuses and providers' words to ``ProviderError/Code``.
///
/// `unavailable` and `rateLimited` are what the same provider may be asked again for; a `timeout` is one that was waited
/// for in vain, so a 408 or 504, which come at once, are not.
enum FailureTable {
    /// The kind of a failure.
    ///
    /// - Parameters:
    ///   - status: of the HTTP answer.
    ///   - payload: what the body says; nil where it says nothing.
    static func code(status: Int, payload: ErrorPayload?) -> ProviderError.Code {
        if let payload, let code = code(words: payload, status: status) { return code }
        guard (200..<300).contains(status) else { return code(status: status, isExplained: payload != nil) }
        // A provider that had begun to answer can only tell of a failure in the body.
        guard let payload else { return .badAnswer }
        guard let inner = payload.numericCode, (400..<600).contains(inner) else { return .unavailable }
        return code(status: inner, isExplained: true)
    }

    private static func code(status: Int, isExplained: Bool) -> ProviderError.Code {
        switch status {
        case 401, 403, 407: .authentication
        case 402: .quota
        // A page that was not found is a wrong address rather than a wrong model.
        case 404: isExplained ? .unknownModel : .badAnswer
        case 408, 409, 425: .unavailable
        case 413: .tooLong
        case 429: .rateLimited
        case 400..<500: .invalidRequest
        case 500...: .unavailable
        default: .badAnswer
        }
    }

    /// What the body says more exactly than the status: a 429 may be a quota, a 403 a moderation, a 400 a model.
    private static func code(words payload: ErrorPayload, status: Int) -> ProviderError.Code? {
        let effective = (200..<300).contains(status) ? payload.numericCode ?? status : status
        if payload.isModeration { return .contentFiltered }
        for (code, words) in wordTable where !words.isDisjoint(with: payload.words) && refines(code, effective) {
            return code
        }
        // Gemini's limit by the minute speaks of a quota too, and says when it is over.
        if isSpent(payload.message), refines(.quota, effective) {
            return effective == 429 && payload.retryAfter != nil ? .rateLimited : .quota
        }
        for (code, phrases) in phraseTable
        where refines(code, effective) && phrases.contains(where: payload.message.contains) {
            return code
        }
        let isMissing = notFound.contains(where: payload.message.contains)
        if effective == 400 || effective == 404, payload.message.contains("model"), isMissing { return .unknownModel }
        return effective == 404 && payload.message.contains("invalid url") ? .badAnswer : nil
    }

    /// Whether a body's words may say more exactly what a status says. Where they contradict it, the status decides: what a
    /// server forbids does not pass, whatever its words are, and what it is too busy for does.
    private static func refines(_ code: ProviderError.Code, _ status: Int) -> Bool {
        switch status {
        case 401: code == .authentication || code == .quota
        case 402, 408, 409, 425: code == .quota
        case 413: code == .tooLong
        // "tokens per minute" and "context" go together in messages of rate limits.
        case 429: code == .quota || code == .rateLimited
        case 400..<500: !code.isRetryable
        default: true
        }
    }

    private static let notFound = ["not found", "does not exist", "not a valid model", "unknown model"]

    private static let wordTable: KeyValuePairs<ProviderError.Code, Set<String>> = [
        .quota: [
            "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits",
            "credit_limit_reached", "payment_required", "quota_exceeded", "spending_limit_reached",
            // LiteLLM's proxy: a key's or a team's. MiniMax.
            "budget_exceeded", "1008",
        ],
        .tooLong: [
            "context_length_exceeded", "exceed_context_size_error", "context_window_exceeded",
            "string_above_max_length", "request_too_large",
        ],
        .contentFiltered: [
            "content_filter", "content_policy_violation", "content_filtered", "moderation", "guardrail_blocked",
        ],
        .unknownModel: ["model_not_found", "invalid_model", "model_not_available"],
        .authentication: ["invalid_api_key", "missing_api_key", "authentication_error", "invalid_authentication"],
        .rateLimited: ["rate_limit_exceeded", "rate_limit_error", "rate_limited"],
        .unavailable: [
            "server_error", "internal_server_error", "overloaded_error", "overloaded", "engine_overloaded",
            "provider_unavailable", "provider_overloaded", "service_unavailable", "timeout",
        ],
    ]

    private static let phraseTable: KeyValuePairs<ProviderError.Code, [String]> = [
        .tooLong: [
            "context_length_exceeded", "maximum context length", "context length", "context window",
            "context size", "prompt is too long", "input is too long", "contextwindowexceedederror",
        ],
        // LiteLLM's proxy puts the kind of a failure before the provider's words, in which it need not be.
        .contentFiltered: ["contentpolicyviolationerror"],
        .unknownModel: ["no endpoints found", "is not a valid model", "invalid model name"],
        // LiteLLM's proxy without a database, on any key but its own (400).
        .authentication: ["no connected db"],
    ]

    private static let credit: Set<Substring> = ["balance", "credit", "credits", "fund", "funds"]
    private static let lack = [
        "insufficient", "not enough", "too low", "exhausted", "used up", "run out", "ran out", "out of", "depleted",
    ]

    /// Whether a sentence says, in whatever words, that there is no credit left.
    private static func isSpent(_ sentence: String) -> Bool {
        ["exceeded your current quota", "spending limit"].contains(where: sentence.contains)
            || lack.contains(where: sentence.contains) && !credit.isDisjoint(with: sentence.split { !$0.isLetter })
    }
}
