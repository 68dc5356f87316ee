import JSON
import Settings

/// Reads the base address of a provider: `http` or `https`, without credentials, query and slash at the end.
enum WebAddress {
    /// The address as providers append their paths to it.
    static func parse(_ text: String) throws(AddressFault) -> String {
        let isSecret = text.contains("@")
        guard let address = Address(text), let scheme = address.scheme, ["http", "https"].contains(scheme),
            !address.host.isEmpty, !address.rest.contains(where: { $0 == "?" || $0 == "#" })
        else { throw AddressFault(expected: "an http:// or https:// URL", isSecret: isSecret) }
        guard address.userInfo == nil else {
            throw AddressFault(expected: "a URL without user and password (use api_key)", isSecret: true)
        }
        return "\(scheme)://\(address.hostAndPort)\(trimmed(address.rest))"
    }

    /// What Ollama's own programs take from `OLLAMA_HOST`: the scheme, the host and the port may be missing, and the
    /// address that a server listens on (`0.0.0.0`) means this machine.
    static func parse(ollamaHost text: String) throws(AddressFault) -> String {
        guard var address = Address(text), ["http", "https", nil].contains(address.scheme) else {
            throw AddressFault(expected: "host:port or an http:// or https:// URL", isSecret: text.contains("@"))
        }
        let scheme = address.scheme ?? "http"
        if address.scheme == nil, address.port == nil { address.port = 11434 }
        if ["", "0.0.0.0", "[::]"].contains(address.host) { address.host = "127.0.0.1" }
        let user = address.userInfo.map { $0 + "@" } ?? ""
        return try parse("\(scheme)://\(user)\(address.hostAndPort)\(address.rest)")
    }

    private static func trimmed(_ path: Substring) -> Substring {
        var path = path
        while path.last == "/" { path.removeLast() }
        return path
    }
}

extension Section {
    /// An address with `http` or `https`.
    mutating func webAddress(_ key: String, _ value: inout String) {
        if let text = string(key) {
            do throws(AddressFault) { value = try WebAddress.parse(text) } catch {
                fault(key, error.text(got: fields[key] ?? .null))
            }
        }
        note(key, .string(value))
    }
}
