/// The address, the bounds and the handlers of refusals of a server.
package struct HTTPServerOptions: Sendable {
    /// The address to listen on, in numbers (`127.0.0.1`, `::1`, `0.0.0.0`), or `localhost` for 127.0.0.1.
    package var host: String
    /// The port; 0: a free one.
    package var port: Int
    /// The most connections at once; further ones wait in the kernel.
    package var maxConnections: Int
    /// The largest body of a request, in bytes; a larger one is refused.
    package var maxBodyBytes: Int
    /// How long a connection may take to send a request's head, once opened or answered, and then its body; and how long
    /// it may not read an answer.
    package var connectionTimeout: Duration
    /// How many bytes of bodies that are not whole yet may be held at once, on all connections together; beyond them a
    /// request is refused.
    package var maxUnfinishedBytes: Int
    /// Asked, on the server's thread, about a request with a body when its head is there, the body still empty. An answer
    /// refuses it: the body is not read, and the connection closed. To be quick.
    package var admit: @Sendable (HTTPServerRequest) -> HTTPServerResponse?
    /// The answer to a request that the server refuses, made on its thread; of a body, nothing is in it. To be quick.
    package var refuse: @Sendable (HTTPServerRequest, HTTPServerRefusal) -> HTTPServerResponse

    /// Creates options; those that are not given have defaults for a small local server.
    package init(
        host: String = "127.0.0.1", port: Int = 0, maxConnections: Int = 1024, maxBodyBytes: Int = 1 << 20,
        connectionTimeout: Duration = .seconds(60), maxUnfinishedBytes: Int = 64 << 20,
        admit: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil },
        refuse: @escaping @Sendable (HTTPServerRequest, HTTPServerRefusal) -> HTTPServerResponse = Self.plain
    ) {
        self.host = host
        self.port = port
        self.maxConnections = maxConnections
        self.maxBodyBytes = maxBodyBytes
        self.connectionTimeout = connectionTimeout
        self.maxUnfinishedBytes = maxUnfinishedBytes
        self.admit = admit
        self.refuse = refuse
    }

    /// Refusals in plain text.
    package static func plain(_ request: HTTPServerRequest, _ reason: HTTPServerRefusal) -> HTTPServerResponse {
        switch reason {
        case .malformed: HTTPServerResponse(400, text: "The request is malformed.\n")
        case .bodyTooLarge: HTTPServerResponse(413, text: "The body is too large.\n")
        case .overloaded: HTTPServerResponse(503, text: "Too busy.\n", headers: [("Retry-After", "1")])
        }
    }
}

/// Why a server itself refuses a request.
package enum HTTPServerRefusal: Sendable {
    /// Its head can be read in two ways, so that a proxy in front may have read it in the other one.
    case malformed
    /// Its body is larger than the bound.
    case bodyTooLarge
    /// So much of bodies is being received already that there is no room for another one.
    case overloaded
}
