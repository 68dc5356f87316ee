import Glibc

/// What a client is made with.
struct HTTPClientOptions: Sendable {
    /// The most connections at once, in use or kept for the next request.
    var maxConnections: Int
    /// A file of certificates (PEM) to trust instead of the system's.
    var caFile: String?
    /// Whether the environment names a proxy.
    var hasProxy: Bool

    /// - Parameter caFile: Nil: the environment's `SSL_CERT_FILE`, otherwise what libcurl was built with.
    init(maxConnections: Int, caFile: String?) {
        self.maxConnections = max(1, maxConnections)
        self.caFile = caFile ?? Self.environment("SSL_CERT_FILE")
        hasProxy = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].contains {
            Self.environment($0) != nil
        }
    }

    /// `maxConnections`, or less where the process may not have that many descriptors.
    var affordableConnections: Int {
        var limit = rlimit()
        // SAFETY: writes one rlimit into a local variable.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return maxConnections }
        let descriptors = Int(clamping: limit.rlim_cur)
        return min(maxConnections, max(16, descriptors - max(64, descriptors / 8)))
    }

    private static func environment(_ name: String) -> String? {
        // SAFETY: the value is copied at once; nothing here changes the environment.
        guard let value = unsafe getenv(name) else { return nil }
        let string = unsafe String(cString: value)
        return string.isEmpty ? nil : string
    }
}
