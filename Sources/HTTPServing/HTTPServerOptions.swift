/// How a server is to be.
package struct HTTPServerOptions: Sendable {
    /// The address to listen on, in numbers (`127.0.0.1`, `::1`, `0.0.0.0`), or `localhost` for 127.0.0.1.
    package var host: String
    /// The port; 0: a free one.
    package var port: Int
    /// The most connections at once; further ones wait in the kernel.
    package var maxConnections: Int
    /// The largest body of a request, in bytes; a larger one is answered with 413.
    package var maxBodyBytes: Int
    /// How long a connection may take to send a request's head, once opened or answered, and then its body; and how long
    /// it may not read an answer.
    package var connectionTimeout: Duration
    /// The answer to a body that is too large.
    package var bodyTooLarge: HTTPServerResponse

    package init(
        host: String = "127.0.0.1", port: Int = 0, maxConnections: Int = 1024, maxBodyBytes: Int = 1 << 20,
        connectionTimeout: Duration = .seconds(60),
        bodyTooLarge: HTTPServerResponse = HTTPServerResponse(413, text: "The body is too large.\n")
    ) {
        self.host = host
        self.port = port
        self.maxConnections = maxConnections
        self.maxBodyBytes = maxBodyBytes
        self.connectionTimeout = connectionTimeout
        self.bodyTooLarge = bodyTooLarge
    }
}
