internal import CNATS

/// Why an operation on NATS failed.
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
        /// Not a subject that can be published or subscribed to.
        package static let invalidSubject = Code(.invalidSubject)
        /// A header with a control character, or without a name.
        package static let invalidHeader = Code(.invalidHeader)
        /// Larger than the server's `max_payload`.
        package static let tooLarge = Code(.tooLarge)
        /// The server is away, and as much as the options allow waits for it already.
        package static let bufferFull = Code(.bufferFull)
        /// Nobody listens on the subject.
        package static let noResponders = Code(.noResponders)
        /// No reply came in time.
        package static let timeout = Code(.timeout)
        /// The task was cancelled.
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

    /// The kind of the failure.
    package let code: Code
    /// One sentence without secrets.
    package let message: String
    /// What the library said; for the log.
    package let detail: String

    /// Creates an error.
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

extension NATSError {
    /// What a failed call of the library means.
    ///
    /// To be called on the thread of that call: the library keeps the text of its last error for each thread.
    /// - Parameters:
    ///   - status: what the call returned; not `NATS_OK`.
    ///   - doing: what was tried, as in "cannot publish".
    init(_ status: natsStatus, _ doing: String) {
        let detail = Self.lastErrorOfThread(status)
        switch status {
        case NATS_CONNECTION_CLOSED, NATS_DRAINING, NATS_INVALID_SUBSCRIPTION:
            self.init(.closed, "\(doing): the NATS connection is closed", detail: detail)
        case NATS_CONNECTION_DISCONNECTED, NATS_NO_SERVER, NATS_STALE_CONNECTION, NATS_NOT_YET_CONNECTED:
            self.init(.notConnected, "\(doing): no NATS server is connected", detail: detail)
        case NATS_INSUFFICIENT_BUFFER:
            self.init(.bufferFull, "\(doing): too much waits for the NATS server already", detail: detail)
        case NATS_MAX_PAYLOAD:
            self.init(.tooLarge, "\(doing): larger than the NATS server takes", detail: detail)
        case NATS_INVALID_SUBJECT, NATS_INVALID_QUEUE_NAME:
            self.init(.invalidSubject, "\(doing): not a valid subject", detail: detail)
        case NATS_NO_RESPONDERS:
            self.init(.noResponders, "\(doing): nobody listens on the subject", detail: detail)
        case NATS_TIMEOUT:
            self.init(.timeout, "\(doing): the NATS server did not answer in time", detail: detail)
        default:
            self.init(.library, "\(doing): \(detail)", detail: detail)
        }
    }

    /// The library's text for the last failure on this thread, or for the status alone.
    static func lastErrorOfThread(_ status: natsStatus) -> String {
        var last = NATS_OK
        // Both pointers are to texts of the library (thread-local and constant), copied before another call.
        let text = unsafe nats_GetLastError(&last).map { unsafe String(cString: $0) } ?? ""
        if last == status, !text.isEmpty { return text }
        return unsafe natsStatus_GetText(status).map { unsafe String(cString: $0) } ?? "status \(status.rawValue)"
    }
}
