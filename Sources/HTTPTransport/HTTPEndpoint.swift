import CCurl

/// Where requests go, and what is the same in all of them: method, URL and constant headers, checked once and in the form
/// that libcurl takes. Make one for each place that is asked often, and refer to it: ``HTTPRequest/init(_:headers:body:timeouts:maxResponseBytes:firstByteIsContent:)``.
///
/// A connection's handle that has sent a request to the same endpoint before sets up nothing but the body.
package final class HTTPEndpoint: Sendable {
    /// The method of its requests.
    package let method: HTTPRequest.Method
    /// The URL of its requests.
    package let url: String
    /// The URL as libcurl parses it, so that it does not do so for every request.
    let parsedURL: ParsedURL
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
        parsedURL = ParsedURL(url)
        // libcurl would wait for a "100 Continue" before a large body.
        var own = ["Expect:"]
        // The same as libcurl's own, which it would write anew for every request.
        let hasEncoding = headers.contains { HTTPRequest.isAcceptEncoding($0.name) }
        if !hasEncoding { own.append("Accept-Encoding: " + EasyHandle.encodings) }
        // libcurl would call every body a form.
        let hasContentType = headers.contains { HTTPRequest.isContentType($0.name) }
        if method == .post, !hasContentType { own.append("Content-Type:") }
        // SAFETY: the list ends with its own lines.
        self.headers = unsafe HeaderList(headers, lines: own, next: nil)
        isSecure = startsIgnoringCase(url.utf8, "https:")
        isLoopback = HTTPRequest.isLoopback(url)
    }
}

/// A URL as libcurl parses it.
///
/// `@safe` and `@unchecked Sendable`: it owns libcurl's handle alone, as it cannot be copied, and writes it only in `init`.
/// libcurl's easy handles only copy it.
@safe
struct ParsedURL: ~Copyable, @unchecked Sendable {
    /// Nil where libcurl does not take the URL: then the transfer says why.
    let handle: OpaquePointer?

    init(_ url: String) {
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME)
        // SAFETY: libcurl copies the text; a handle that is not kept is freed here, the other one by `deinit`.
        let parsed = unsafe curl_url()
        if unsafe curl_url_set(parsed, CURLUPART_URL, url, flags) == CURLUE_OK {
            unsafe handle = parsed
        } else {
            unsafe curl_url_cleanup(parsed)
            unsafe handle = nil
        }
    }

    deinit { unsafe curl_url_cleanup(handle) }
}
