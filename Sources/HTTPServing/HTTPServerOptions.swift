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
    /// How long a connection may be silent while it sends a request, reads an answer, or waits for the next request.
    package var connectionTimeout: Duration

    package init(
        host: String = "127.0.0.1", port: Int = 0, maxConnections: Int = 1024, maxBodyBytes: Int = 1 << 20,
        connectionTimeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.maxConnections = maxConnections
        self.maxBodyBytes = maxBodyBytes
        self.connectionTimeout = connectionTimeout
    }
}
