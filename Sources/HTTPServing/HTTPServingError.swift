/// Why a server could not start, or why a response could not be written.
package struct HTTPServingError: Error, Sendable, CustomStringConvertible {
    /// The kind of a failure. Open, so that it can grow.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Known: String { case badAddress, addressInUse, notAllowed, cannotStart, clientGone }
        private let known: Known

        private init(_ known: Known) { self.known = known }

        package var description: String { known.rawValue }

        /// The host is no address of numbers, or the port no port.
        package static let badAddress = Code(.badAddress)
        /// Another program listens on that port.
        package static let addressInUse = Code(.addressInUse)
        /// The system does not let us listen there.
        package static let notAllowed = Code(.notAllowed)
        /// The server could not start for another reason.
        package static let cannotStart = Code(.cannotStart)
        /// The client has closed its connection, or the server was stopped.
        package static let clientGone = Code(.clientGone)
    }

    /// The kind of the failure.
    package let code: Code
    /// More about it; for the log.
    package let detail: String

    /// Creates an error.
    package init(_ code: Code, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    package var description: String { detail.isEmpty ? code.description : "\(code): \(detail)" }
}
