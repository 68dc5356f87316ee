import NATSClient
import Settings

/// Collects the URLs of NATS servers, and takes the credentials out of them: a URL is printed, a secret is not.
struct ServerList {
    /// `nats://host:port` or `tls://host:port`.
    private(set) var servers: [String] = []
    /// The credentials of all of them.
    private(set) var login: NATSAuthentication?

    /// Adds `[nats://|tls://][user:password@|token@]host[:port]`.
    mutating func add(_ text: String) throws(AddressFault) {
        guard let address = Address(text), !address.host.isEmpty, address.rest.isEmpty || address.rest == "/",
            [nil, "nats", "tls"].contains(address.scheme)
        else { throw AddressFault(expected: "nats://host:port or tls://host:port", isSecret: text.contains("@")) }
        if let userInfo = address.userInfo {
            let login = Self.login(userInfo)
            guard self.login == nil || self.login == login else {
                throw AddressFault(expected: "the same credentials in every URL", isSecret: true)
            }
            self.login = login
        }
        servers.append("\(address.scheme ?? "nats")://\(address.hostAndPort)")
    }

    private static func login(_ userInfo: Substring) -> NATSAuthentication? {
        let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map(\.percentDecoded)
        guard let first = parts.first, !userInfo.isEmpty else { return nil }
        return parts.count == 1 ? .token(first) : .userPassword(user: first, password: parts[1])
    }
}
