import HTTPServing

/// Without keys, who can reach the port is let in, and that is this machine alone. A page from elsewhere whose name was
/// made to point to this machine (DNS rebinding) gives itself away by the name it asks for.
struct HostCheck: Sendable {
    private let isNeeded: Bool

    /// - Parameters:
    ///   - host: where the gateway listens.
    ///   - hasKeys: then the name does not matter.
    init(host: String, hasKeys: Bool) { isNeeded = !hasKeys && Self.isLoopback(host) }

    func check(_ request: HTTPServerRequest) throws(APIError) {
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
    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
