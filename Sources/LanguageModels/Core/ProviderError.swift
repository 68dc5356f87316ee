/// Why a provider did not answer.
///
/// `description` is one sentence that may be shown to people: never a provider's body, a key or an address. What the
/// provider said is in ``detail``, for the log.
public struct ProviderError: Error, Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of a failure. Open, so that it can grow.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Known: String {
            case unavailable, timeout, rateLimited, quota, authentication, unknownModel, tooLong,
                invalidRequest, contentFiltered, badAnswer, cancelled
        }
        private let known: Known

        private init(_ known: Known) { self.known = known }

        /// Its name in logs.
        public var description: String { known.rawValue }

        /// Cannot connect, connection lost, 5xx.
        public static let unavailable = Code(.unavailable)
        /// No connection, no first byte, no further byte, or no end in time.
        public static let timeout = Code(.timeout)
        /// 429: the provider asks to slow down.
        public static let rateLimited = Code(.rateLimited)
        /// No credit left; asking again does not help.
        public static let quota = Code(.quota)
        /// The key is missing, wrong, or may not do this.
        public static let authentication = Code(.authentication)
        /// No such model there.
        public static let unknownModel = Code(.unknownModel)
        /// The prompt is longer than the model's window.
        public static let tooLong = Code(.tooLong)
        /// The provider refused the request as malformed.
        public static let invalidRequest = Code(.invalidRequest)
        /// The provider withheld the answer.
        public static let contentFiltered = Code(.contentFiltered)
        /// The answer could not be understood.
        public static let badAnswer = Code(.badAnswer)
        /// The caller's task was cancelled.
        public static let cancelled = Code(.cancelled)

        /// Whether it is worth to ask the same provider again. Not after a timeout: it has had its time, and may bill it.
        var isRetryable: Bool { self == .unavailable || self == .rateLimited }
    }

    /// Behind a reference: every asynchronous function that may throw one keeps room for it for as long as it waits, and
    /// thousands wait at once.
    private final class Storage: Sendable {
        let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    private struct Fields: Sendable {
        let code: Code
        let message: String
        let retryAfter: Duration?
        let status: Int?
        let detail: String
        let isRetryable: Bool
        let hasOtherKey: Bool
        let blamesProvider: Bool
        var requests = 1
    }

    private let storage: Storage

    /// The kind.
    public var code: Code { storage.fields.code }
    /// One sentence for a room, without a full stop.
    public var message: String { storage.fields.message }
    /// How long the provider asks to wait; nil if it does not.
    public var retryAfter: Duration? { storage.fields.retryAfter }
    /// The HTTP status; nil if there was none.
    public var status: Int? { storage.fields.status }
    /// What the server said, for the log only: at most 500 characters, control characters escaped.
    public var detail: String { storage.fields.detail }
    /// Whether the same provider is worth asking again.
    public var isRetryable: Bool { storage.fields.isRetryable }
    /// Whether the key that was sent is at fault, and the provider has another one to try.
    public var hasOtherKey: Bool { storage.fields.hasOtherKey }
    /// Whether it says something about the provider as a whole, rather than about one model or one question.
    public var blamesProvider: Bool { storage.fields.blamesProvider }
    /// The requests that were made: more than one where a model refused a field, or a server to stream.
    var requests: Int { storage.fields.requests }

    /// Creates a failure.
    ///
    /// - Parameters:
    ///   - code: What kind of failure it is.
    ///   - message: A sentence for people, without secrets.
    ///   - retryAfter: How long the provider asks to wait, if it does.
    ///   - status: The HTTP status of the answer, if there was one.
    ///   - detail: What the server said, for the log only; cut after 500 characters.
    ///   - retryable: Whether the provider says that another try may succeed; nil if it does not say, and `code` decides.
    ///   - hasOtherKey: Whether the key that was sent is at fault, and there is another one to try.
    ///   - blamesProvider: Whether the failure concerns the provider as a whole, not only one model or one question.
    public init(
        _ code: Code, _ message: String, retryAfter: Duration? = nil, status: Int? = nil, detail: String = "",
        retryable: Bool? = nil, hasOtherKey: Bool = false, blamesProvider: Bool = true
    ) {
        storage = Storage(
            Fields(
                code: code, message: message, retryAfter: retryAfter, status: status,
                detail: String(detail.prefix(500)), isRetryable: retryable ?? code.isRetryable,
                hasOtherKey: hasOtherKey, blamesProvider: blamesProvider))
    }

    /// Returns whether both have the same values.
    public static func == (one: ProviderError, other: ProviderError) -> Bool {
        (one.code, one.message, one.retryAfter) == (other.code, other.message, other.retryAfter)
            && (one.status, one.detail) == (other.status, other.detail)
    }

    /// Returns the same after so many requests.
    func after(requests: Int) -> ProviderError {
        var fields = storage.fields
        fields.requests = requests
        return requests == 1 ? self : ProviderError(Storage(fields))
    }

    private init(_ storage: Storage) { self.storage = storage }

    /// ``message``: safe to show.
    public var description: String { message }

    /// Everything, for the log.
    public var debugDescription: String {
        "\(code): \(message)" + (status.map { " (status \($0))" } ?? "") + (detail.isEmpty ? "" : ": \(detail)")
    }
}
