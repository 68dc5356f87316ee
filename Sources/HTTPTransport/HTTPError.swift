/// Why an exchange did not come to its end. A status of 400 or more is no error here: it is an answer.
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

        package static let cannotConnect = Code(.cannotConnect)
        package static let nameNotFound = Code(.nameNotFound)
        package static let tls = Code(.tls)
        package static let connectTimeout = Code(.connectTimeout)
        package static let firstByteTimeout = Code(.firstByteTimeout)
        package static let idleTimeout = Code(.idleTimeout)
        package static let totalTimeout = Code(.totalTimeout)
        /// Closed or reset after it was open, or a body cut short.
        package static let connectionLost = Code(.connectionLost)
        /// More bytes (of body or of headers) than were allowed.
        package static let tooLarge = Code(.tooLarge)
        /// Not an http(s) URL, or a header with a control character.
        package static let badRequest = Code(.badRequest)
        /// What came back is no HTTP.
        package static let badResponse = Code(.badResponse)
        package static let cancelled = Code(.cancelled)
        /// The client was shut down.
        package static let shutDown = Code(.shutDown)
    }

    package let code: Code
    /// What the library said; for the log.
    package let detail: String
    /// Whether a part of the body had arrived.
    package let afterFirstByte: Bool

    package init(_ code: Code, detail: String = "", afterFirstByte: Bool = false) {
        self.code = code
        self.detail = detail
        self.afterFirstByte = afterFirstByte
    }

    package var description: String { detail.isEmpty ? code.description : "\(code): \(detail)" }
}
