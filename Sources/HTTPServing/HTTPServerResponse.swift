package import FoundationEssentials

/// A response: a status, header fields, and a body that is ready or that is written while it is sent.
package struct HTTPServerResponse: Sendable {
    /// The body of an answer.
    package enum Body: Sendable {
        case whole(Data)
        /// Written piece by piece, chunked. Throwing breaks the connection off, so that the client sees the answer to
        /// be cut short.
        case stream(@Sendable (HTTPResponseWriter) async throws -> Void)
    }

    /// The status code.
    package var status: Int
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's own and left out.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: Body

    /// Creates an answer whose body is there.
    package init(_ status: Int = 200, headers: [(name: String, value: String)] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = .whole(body)
    }

    /// With a text as its body.
    package init(
        _ status: Int = 200, text: String, type: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = []
    ) {
        self.init(status, headers: [("Content-Type", type)] + headers, body: Data(text.utf8))
    }

    /// With a body that is written while it is sent.
    package init(
        _ status: Int = 200, headers: [(name: String, value: String)] = [],
        stream: @escaping @Sendable (HTTPResponseWriter) async throws -> Void
    ) {
        self.status = status
        self.headers = headers
        body = .stream(stream)
    }
}

/// Writes the body of a streamed answer.
package struct HTTPResponseWriter: Sendable {
    let exchange: Exchange

    /// Sends bytes; waits first while 64 KiB or more are still unsent.
    ///
    /// - Throws: ``HTTPServingError/Code/clientGone``, also when the task is cancelled.
    package func write(_ bytes: Data) async throws(HTTPServingError) { try await exchange.write(bytes) }

    /// Sends a text.
    package func write(_ text: String) async throws(HTTPServingError) { try await write(Data(text.utf8)) }
}
