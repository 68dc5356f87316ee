internal import CNATS

/// Why an operation on NATS failed.
package struct NATSError: Error, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of a failure. Open, so that it can grow.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Known: String {
            case badOptions, notConnected, closed, invalidSubject, invalidHeader, tooLarge, bufferFull, noResponders,
                timeout, cancelled, slowConsumer, invalidKey, wrongRevision, noBucket, noJetStream, noSpace, library
            case unknownHost, connectionRefused, noRoute, notNATS
            case loginRefused, loginExpired
            case unknownAuthority, certificateExpired, wrongHostName, clientCertificateWanted, tlsUnavailable,
                tlsRequired, tlsFailed
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
        /// JetStream, or a bucket or a stream in it, is full.
        package static let noSpace = Code(.noSpace)

        // Why no server takes the connection; the client goes on trying.

        /// No address belongs to the server's name.
        package static let unknownHost = Code(.unknownHost)
        /// No program takes connections at the address.
        package static let connectionRefused = Code(.connectionRefused)
        /// The network knows no way to the address.
        package static let noRoute = Code(.noRoute)
        /// What answers at the address is no NATS server.
        package static let notNATS = Code(.notNATS)
        /// The server does not take the user, the password, the token, the key or the credentials; or wants some.
        package static let loginRefused = Code(.loginRefused)
        /// The credentials have expired or were revoked.
        package static let loginExpired = Code(.loginExpired)
        /// No authority that is trusted has signed the server's certificate.
        package static let unknownAuthority = Code(.unknownAuthority)
        /// The server's certificate has expired, or is not valid yet.
        package static let certificateExpired = Code(.certificateExpired)
        /// The server's certificate is for another name.
        package static let wrongHostName = Code(.wrongHostName)
        /// The server ends the connection after the TLS handshake, as one does that wants a client certificate.
        package static let clientCertificateWanted = Code(.clientCertificateWanted)
        /// TLS is wanted, and the server has none.
        package static let tlsUnavailable = Code(.tlsUnavailable)
        /// The server wants TLS.
        package static let tlsRequired = Code(.tlsRequired)
        /// Anything else that went wrong with TLS.
        package static let tlsFailed = Code(.tlsFailed)

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

    /// Why a server did not take the connection.
    ///
    /// To be called on the thread of the call that failed.
    /// - Parameter isSecure: whether TLS was asked for.
    init(refusal status: natsStatus, isSecure: Bool) {
        let detail = Self.lastErrorOfThread(status)
        let (code, sentence) = Self.refusal(status, detail, isSecure: isSecure)
        self.init(code, sentence, detail: detail)
    }

    private static func refusal(_ status: natsStatus, _ detail: String, isSecure: Bool) -> (Code, String) {
        switch status {
        case NATS_INVALID_ARG, NATS_NO_MEMORY, NATS_ILLEGAL_STATE:
            return (.badOptions, "cannot connect to NATS: \(detail)")
        case NATS_CONNECTION_AUTH_FAILED:
            let isOver = ["expired", "revoked"].contains { detail.lowercased().contains($0) }
            return isOver
                ? (.loginExpired, "the server does not take the login any more (\(words(detail)))")
                : (.loginRefused, "the server refuses the login (\(words(detail)))")
        case NATS_SECURE_CONNECTION_WANTED: return (.tlsUnavailable, "the server offers no TLS")
        case NATS_SECURE_CONNECTION_REQUIRED: return (.tlsRequired, "the server wants TLS")
        case NATS_SSL_ERROR: return handshake(detail)
        case NATS_TIMEOUT: return (.timeout, "the server does not answer in time")
        case NATS_PROTOCOL_ERROR, NATS_IO_ERROR, NATS_CONNECTION_CLOSED:
            if isSecure {
                return (
                    .clientCertificateWanted, "the server ends the connection right after the TLS handshake"
                )
            }
            return (.notConnected, "the connection breaks off before the login is done (\(words(detail)))")
        default: return (.notConnected, "no server takes the connection (\(words(detail)))")
        }
    }

    /// What OpenSSL's number in `SSL handshake error: 20:unable to get local issuer certificate:…` means.
    /// (`X509_V_ERR_…` in `x509_vfy.h`.)
    private static func handshake(_ detail: String) -> (Code, String) {
        let text = words(detail)
        guard let range = text.firstRange(of: "handshake error: ") else {
            return (.tlsFailed, "the TLS handshake fails (\(text))")
        }
        let number = Int(text[range.upperBound...].prefix { $0.isNumber }) ?? 0
        switch number {
        case 2, 18, 19, 20, 21, 24, 27:
            return (.unknownAuthority, "no trusted authority has signed the server's certificate (\(text))")
        case 9, 10: return (.certificateExpired, "the server's certificate is not valid now (\(text))")
        case 62, 63, 64: return (.wrongHostName, "the server's certificate is for another name (\(text))")
        default: return (.tlsFailed, "the TLS handshake fails (\(text))")
        }
    }

    /// Without the place in the library's source, `(conn.c:733): `, that it puts before its texts.
    private static func words(_ detail: String) -> Substring {
        guard detail.hasPrefix("("), let range = detail.firstRange(of: "): ") else { return detail[...] }
        return detail[range.upperBound...]
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
