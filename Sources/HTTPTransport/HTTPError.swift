import CCurl

/// Why an exchange failed. A response with a status of 400 or more is not an error here.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// The kind of a failure. Open, so that it can grow.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Known: String {
            case cannotConnect, nameNotFound, tls, connectTimeout, firstByteTimeout,
                idleTimeout, totalTimeout, connectionLost, tooLarge, badRequest, badResponse, cancelled, shutDown
        }
        private let known: Known

        private init(_ known: Known) { self.known = known }

        package var description: String { known.rawValue }

        /// Nothing listens there, or the network refuses.
        package static let cannotConnect = Code(.cannotConnect)
        /// The host has no address.
        package static let nameNotFound = Code(.nameNotFound)
        /// No secure connection could be made: most often the certificate.
        package static let tls = Code(.tls)
        /// Connecting took longer than ``HTTPTimeouts/connect``.
        package static let connectTimeout = Code(.connectTimeout)
        /// The answer did not begin within ``HTTPTimeouts/firstByte``.
        package static let firstByteTimeout = Code(.firstByteTimeout)
        /// Nothing came for ``HTTPTimeouts/idle``.
        package static let idleTimeout = Code(.idleTimeout)
        /// The exchange took longer than ``HTTPTimeouts/total``.
        package static let totalTimeout = Code(.totalTimeout)
        /// Closed or reset after it was open, or a body cut short.
        package static let connectionLost = Code(.connectionLost)
        /// More bytes (of body or of headers) than were allowed.
        package static let tooLarge = Code(.tooLarge)
        /// Not an http(s) URL, or a header with a control character.
        package static let badRequest = Code(.badRequest)
        /// What came back is no HTTP.
        package static let badResponse = Code(.badResponse)
        /// The task was cancelled.
        package static let cancelled = Code(.cancelled)
        /// The client was shut down.
        package static let shutDown = Code(.shutDown)
    }

    /// The kind of the failure.
    package let code: Code
    /// What the library said; for the log.
    package let detail: String
    /// Whether a part of the body had arrived.
    package let afterFirstByte: Bool

    /// Creates an error.
    package init(_ code: Code, detail: String = "", afterFirstByte: Bool = false) {
        self.code = code
        self.detail = detail
        self.afterFirstByte = afterFirstByte
    }

    package var description: String { detail.isEmpty ? code.description : "\(code): \(detail)" }
}

extension HTTPError {
    /// What libcurl's result means here.
    ///
    /// - Parameters:
    ///   - curl: A result other than `CURLE_OK`.
    ///   - detail: libcurl's own words.
    ///   - headIsComplete: Whether the whole head of the answer had come.
    ///   - afterFirstByte: Whether a part of the body had come.
    init(curl: CURLcode, detail: String, headIsComplete: Bool, afterFirstByte: Bool) {
        let code: Code =
            switch curl {
            case CURLE_COULDNT_RESOLVE_HOST: .nameNotFound
            case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY, CURLE_INTERFACE_FAILED: .cannotConnect
            case CURLE_OPERATION_TIMEDOUT: .connectTimeout  // the only timeout that is libcurl's here
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT:
                .tls
            case CURLE_URL_MALFORMAT: .badRequest
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
                CURLE_WRITE_ERROR:
                .badResponse
            // A header line without an end runs into libcurl's own bound for one line, which it calls by this name.
            case CURLE_OUT_OF_MEMORY where !headIsComplete: .tooLarge
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            default: .connectionLost
            }
        self.init(code, detail: detail, afterFirstByte: afterFirstByte)
    }
}
