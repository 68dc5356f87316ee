/// An HTTP request, with its timeouts and bounds.
package struct HTTPRequest: Sendable {
    /// The method.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    private enum Target: Sendable {
        case endpoint(HTTPEndpoint)
        case own(Method, url: String)
    }

    private var target: Target
    /// Sent as they are, before those of the endpoint; a name or value with a control character is refused.
    package var headers: [(name: String, value: String)]
    /// Sent with `post`.
    package var body: [UInt8]
    /// How long each part may take.
    package var timeouts: HTTPTimeouts
    /// The largest body taken, in bytes, after decompression; a larger one is ``HTTPError/Code/tooLarge``.
    package var maxResponseBytes: Int
    /// Whether the first byte of the body ends the wait that ``HTTPTimeouts/firstByte`` bounds. If not, a streamed answer
    /// has that long until ``HTTPBody/contentBegan()``: what only keeps the line alive is no answer.
    package var firstByteIsContent: Bool

    /// A request whose URL and headers are its own.
    /// - Parameter url: an absolute http or https URL.
    package init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeouts: HTTPTimeouts = HTTPTimeouts(), maxResponseBytes: Int = 16 << 20, firstByteIsContent: Bool = true
    ) {
        target = .own(method, url: url)
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maxResponseBytes = maxResponseBytes
        self.firstByteIsContent = firstByteIsContent
    }

    /// A request to a prepared endpoint: nothing is built or set up again but what is given here.
    /// - Parameters:
    ///   - endpoint: method, URL and constant headers.
    ///   - headers: further ones of this request alone.
    package init(
        _ endpoint: HTTPEndpoint, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeouts: HTTPTimeouts = HTTPTimeouts(), maxResponseBytes: Int = 16 << 20, firstByteIsContent: Bool = true
    ) {
        target = .endpoint(endpoint)
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maxResponseBytes = maxResponseBytes
        self.firstByteIsContent = firstByteIsContent
    }

    /// The endpoint, and what is to be sent besides its headers, checked.
    /// - Throws: ``HTTPError/Code/badRequest``.
    func resolved() throws(HTTPError) -> (endpoint: HTTPEndpoint, headers: [(name: String, value: String)]) {
        switch target {
        case .own(let method, let url): return (try HTTPEndpoint(method, url, headers: headers), [])
        case .endpoint(let endpoint):
            try Self.check(headers)
            return (endpoint, headers)
        }
    }

    /// The same request with an endpoint of its own that has its headers: for what is sent again and again with another
    /// body. One that is refused stays as it is, and is refused whenever it is sent.
    package func prepared() -> HTTPRequest {
        guard case .own(let method, let url) = target,
            let endpoint = try? HTTPEndpoint(method, url, headers: headers)
        else { return self }
        var request = self
        request.target = .endpoint(endpoint)
        request.headers = []
        return request
    }
}

/// How long each part of an exchange may take; nil for no bound.
package struct HTTPTimeouts: Sendable, Equatable {
    /// To a connection, TLS included.
    package var connect: Duration?
    /// From the request's start to the first byte of the body, or to its content: ``HTTPRequest/firstByteIsContent``.
    package var firstByte: Duration?
    /// Between bytes of the body, once that has begun.
    package var idle: Duration?
    /// The whole.
    package var total: Duration?

    /// Creates timeouts; nil for no bound.
    package init(
        connect: Duration? = .seconds(5), firstByte: Duration? = .seconds(60), idle: Duration? = .seconds(30),
        total: Duration? = .seconds(300)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}
