package import HTTPServing

/// Which web pages may ask, besides the gateway's own (CORS, as the Fetch standard has it).
package struct CrossOrigin: Sendable {
    private let allowed: Set<String>

    /// Creates the check.
    ///
    /// - Parameter allowed: origins such as `https://chat.example.org`; `*` for all.
    package init(allowed: [String]) { self.allowed = Set(allowed.map { $0.lowercased() }) }

    /// The origin of another page that may ask; nil where no other page asks.
    ///
    /// - Throws: where another page asks that may not.
    package func check(_ request: HTTPServerRequest) throws(APIError) -> String? {
        guard let origin = request.header("Origin") else { return nil }
        let known = origin.lowercased()
        if allowed.contains(known) || allowed.contains("*") { return origin }
        if let host = request.header("Host")?.lowercased(), known == "http://\(host)" || known == "https://\(host)" {
            return nil
        }
        throw APIError(
            403, "Pages of \(origin.shown) may not ask here: they are not among the allowed origins.",
            code: "origin_not_allowed")
    }

    /// The answer with what the browser is to know.
    package func marked(_ response: HTTPServerResponse, for origin: String?) -> HTTPServerResponse {
        guard let origin else { return response }
        var response = response
        response.headers += [
            ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"),
            ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
        ]
        return response
    }

    /// The answer to a browser that asks whether it may.
    package func preflight(_ request: HTTPServerRequest, methods: [String]) -> HTTPServerResponse {
        var names = "Authorization, Content-Type"
        if let wanted = request.header("Access-Control-Request-Headers"), wanted.utf8.count <= 2048,
            wanted.utf8.allSatisfy({ $0 == 0x20 || $0 == UInt8(ascii: ",") || Self.isToken($0) })
        {
            names += ", " + wanted
        }
        return HTTPServerResponse(
            204,
            headers: [
                ("Allow", methods.joined(separator: ", ") + ", OPTIONS"),
                ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
                ("Access-Control-Allow-Headers", names), ("Access-Control-Max-Age", "600"),
            ])
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Without keys, who can reach the port is let in, and that is this machine alone. A page from elsewhere whose name was
/// made to point to this machine (DNS rebinding) gives itself away by the name it asks for.
package struct HostCheck: Sendable {
    private let isNeeded: Bool

    /// Creates the check.
    ///
    /// - Parameters:
    ///   - host: where the gateway listens.
    ///   - hasKeys: then the name does not matter.
    package init(host: String, hasKeys: Bool) { isNeeded = !hasKeys && Self.isLoopback(host) }

    /// Throws an error if the request names another machine.
    package func check(_ request: HTTPServerRequest) throws(APIError) {
        guard isNeeded else { return }
        guard let host = request.header("Host"), Self.isLoopback(Self.name(host)) else {
            throw APIError(
                403, "This gateway answers to localhost only: it has no API keys.", code: "host_not_allowed")
        }
    }

    /// `localhost:8787` without its port, `[::1]:8787` without its brackets.
    static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }

    /// Whether a name or address means this machine and no other.
    package static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
