/// Why something on NATS did not come to its end.
package struct NATSError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of a failure. Open, so that it can grow.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Known: String {
            case badOptions, notConnected, closed, invalidSubject, invalidHeader, tooLarge, bufferFull, noResponders,
                timeout, cancelled, slowConsumer, invalidKey, wrongRevision, noBucket, noJetStream, library
        }
        private let known: Known

        private init(_ known: Known) { self.known = known }

        package var description: String { known.rawValue }

        /// A URL, a credentials or a certificate file, or another option that cannot be used.
        package static let badOptions = Code(.badOptions)
        /// There is no connection now; the client goes on trying.
        package static let notConnected = Code(.notConnected)
        /// The connection was closed by its owner.
        package static let closed = Code(.closed)
        package static let invalidSubject = Code(.invalidSubject)
        package static let invalidHeader = Code(.invalidHeader)
        /// Larger than the server's `max_payload`.
        package static let tooLarge = Code(.tooLarge)
        /// The server is away, and as much as the options allow waits for it already.
        package static let bufferFull = Code(.bufferFull)
        /// Nobody listens on the subject.
        package static let noResponders = Code(.noResponders)
        package static let timeout = Code(.timeout)
        package static let cancelled = Code(.cancelled)
        /// The consumer left more unread than the bound allows.
        package static let slowConsumer = Code(.slowConsumer)
        /// Not the name of a key-value bucket, or not a key of one.
        package static let invalidKey = Code(.invalidKey)
        /// The key has another revision than the one that was expected: read it again.
        package static let wrongRevision = Code(.wrongRevision)
        /// The key-value bucket is gone: somebody has deleted it. Open it again.
        package static let noBucket = Code(.noBucket)
        /// The server runs without JetStream, or this account may not use it.
        package static let noJetStream = Code(.noJetStream)
        /// Anything else that the C library, or JetStream, reports.
        package static let library = Code(.library)
    }

    package let code: Code
    /// One sentence without secrets.
    package let message: String
    /// What the library said; for the log.
    package let detail: String

    package init(_ code: Code, _ message: String, detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Whether the same call may succeed later.
    package var isRetryable: Bool {
        code == .notConnected || code == .bufferFull || code == .timeout || code == .noResponders
    }

    package var description: String { message }
    package var debugDescription: String { detail.isEmpty ? "\(code): \(message)" : "\(code): \(message) (\(detail))" }
}
