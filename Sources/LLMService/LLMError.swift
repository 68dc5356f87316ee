import LanguageModels

/// Why a request failed.
///
/// `description` is one sentence that may be shown to people. What a provider said is in ``detail``, for the log.
public struct LLMError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of a failure, as plugins know it: see <doc:Errors>. Open, so that it can grow.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The word on the wire.
        public let name: String
        /// The status it would have in HTTP.
        public let status: Int
        /// Whether the same request may succeed later.
        public let isRetryable: Bool

        private init(_ name: String, _ status: Int, retryable: Bool = false) {
            self.name = name
            self.status = status
            isRetryable = retryable
        }

        /// ``name``.
        public var description: String { name }

        /// Not a JSON object in UTF-8.
        public static let invalidJSON = Code("invalid_json", 400)
        /// A field is missing or wrong.
        public static let invalidRequest = Code("invalid_request", 400)
        /// No such action.
        public static let unknownAction = Code("unknown_action", 400)
        /// No such persona.
        public static let unknownPersona = Code("unknown_persona", 400)
        /// No such model.
        public static let unknownModel = Code("unknown_model", 400)
        /// No such provider.
        public static let unknownProvider = Code("unknown_provider", 400)
        /// The user may not do this.
        public static let forbidden = Code("forbidden", 403)
        /// There is nothing with that name or id.
        public static let notFound = Code("not_found", 404)
        /// The request is larger than allowed.
        public static let tooLarge = Code("too_large", 413)
        /// The answer is larger than can be sent.
        public static let answerTooLarge = Code("answer_too_large", 413)
        /// The prompt is longer than the model's window.
        public static let contextTooLong = Code("context_too_long", 413)
        /// A limit of this service is reached.
        public static let rateLimited = Code("rate_limited", 429, retryable: true)
        /// A queue is full.
        public static let busy = Code("busy", 429, retryable: true)
        /// Somebody stopped the request.
        public static let cancelled = Code("cancelled", 499)
        /// A fault of this service.
        public static let `internal` = Code("internal", 500)
        /// The provider refused the request, or its answer could not be understood.
        public static let providerError = Code("provider_error", 502)
        /// The model's answer was empty.
        public static let emptyAnswer = Code("empty_answer", 502)
        /// The provider withheld the answer.
        public static let contentFiltered = Code("content_filtered", 502)
        /// The provider's key is missing or wrong.
        public static let providerAuth = Code("provider_auth", 502)
        /// The provider's credit is spent.
        public static let providerQuota = Code("provider_quota", 502)
        /// The provider asks to slow down.
        public static let providerRateLimited = Code("provider_rate_limited", 429, retryable: true)
        /// The provider cannot be reached, or is out of order.
        public static let providerUnavailable = Code("provider_unavailable", 503, retryable: true)
        /// This service is ending.
        public static let shuttingDown = Code("shutting_down", 503, retryable: true)
        /// The request took too long.
        public static let timeout = Code("timeout", 504, retryable: true)
    }

    /// Behind a reference: every asynchronous function that may throw one keeps room for it for as long as it waits, and
    /// thousands wait at once.
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let retryAfter: Duration?
        let provider: String?
        let detail: String
        let attempts: Int?

        init(
            _ code: Code, _ message: String, _ retryAfter: Duration?, _ provider: String?, _ detail: String,
            _ attempts: Int?
        ) {
            (self.code, self.message, self.retryAfter) = (code, message, retryAfter)
            (self.provider, self.detail, self.attempts) = (provider, detail, attempts)
        }
    }

    private let storage: Storage

    /// The kind.
    public var code: Code { storage.code }
    /// One sentence for a room, without a full stop.
    public var message: String { storage.message }
    /// How long to wait before asking again, if that is known.
    public var retryAfter: Duration? { storage.retryAfter }
    /// The name of the provider that failed; nil if none did.
    public var provider: String? { storage.provider }
    /// What the provider or the system reported; for the log only.
    public var detail: String { storage.detail }
    /// How often a provider was asked; nil if none had to be.
    public var attempts: Int? { storage.attempts }

    /// Creates an error.
    public init(
        _ code: Code, _ message: String, retryAfter: Duration? = nil, provider: String? = nil, detail: String = "",
        attempts: Int? = nil
    ) {
        storage = Storage(code, message, retryAfter, provider, detail, attempts)
    }

    /// The same after so many attempts.
    func after(attempts: Int) -> LLMError {
        LLMError(code, message, retryAfter: retryAfter, provider: provider, detail: detail, attempts: attempts)
    }

    /// A provider's failure, as this service tells it.
    init(_ error: ProviderError, from provider: String, attempts: Int? = nil) {
        self.init(
            Self.code(error.code), error.message, retryAfter: error.retryAfter, provider: provider,
            detail: String(reflecting: error), attempts: attempts)
    }

    private static func code(_ code: ProviderError.Code) -> Code {
        switch code {
        case .unavailable: .providerUnavailable
        case .timeout: .timeout
        case .rateLimited: .providerRateLimited
        case .quota: .providerQuota
        case .authentication: .providerAuth
        case .unknownModel: .unknownModel
        case .tooLong: .contextTooLong
        case .contentFiltered: .contentFiltered
        case .cancelled: .cancelled
        default: .providerError
        }
    }

    /// Whether a provider failed, rather than this service or the request.
    public var isProviderFailure: Bool { provider != nil }

    /// ``message``: safe to show.
    public var description: String { message }

    /// Everything, for the log.
    public var debugDescription: String { "\(code): \(message)" + (detail.isEmpty ? "" : " [\(detail)]") }
}
