/// Where requests go, and what is the same in all of them: method, URL and constant headers, checked once and in the form
/// that libcurl takes. Make one for each place that is asked often, and refer to it: ``HTTPRequest/init(_:headers:body:timeouts:maxResponseBytes:firstByteIsContent:)``.
///
/// A connection's handle that has sent a request to the same endpoint before sets up nothing but the body.
package final class HTTPEndpoint: Sendable {
    package let method: HTTPRequest.Method
    package let url: String
    /// The constant headers.
    let headers: HeaderList
    /// Whether the scheme is https.
    let isSecure: Bool
    /// Whether the URL's host is this machine, so that no proxy is asked.
    let isLoopback: Bool

    /// Checks and prepares an endpoint.
    /// - Parameters:
    ///   - method: the method of all requests.
    ///   - url: an absolute http or https URL.
    ///   - headers: sent with every request, as they are.
    /// - Throws: ``HTTPError/Code/badRequest`` for another scheme, a header with a control character, or one that is the
    ///   client's own.
    package init(
        _ method: HTTPRequest.Method, _ url: String, headers: [(name: String, value: String)] = []
    ) throws(HTTPError) {
        try HTTPRequest.check(url: url)
        try HTTPRequest.check(headers)
        self.method = method
        self.url = url
        // libcurl would wait for a "100 Continue" before a large body.
        var own = ["Expect:"]
        // libcurl would call every body a form.
        let hasContentType = headers.contains { HTTPRequest.isContentType($0.name) }
        if method == .post, !hasContentType { own.append("Content-Type:") }
        // SAFETY: the list ends with its own lines.
        self.headers = unsafe HeaderList(headers, lines: own, next: nil)
        isSecure = startsIgnoringCase(url.utf8, "https:")
        isLoopback = HTTPRequest.isLoopback(url)
    }
}
