import JSON
package import ServiceRuntime
package import Settings

/// How the gateway is to be: the section `gateway`.
package struct GatewaySettings: Configurable {
    /// Whether `serve` opens it too; the command `gateway` does in any case.
    package var isEnabled = false
    /// The address to listen on, in numbers, or `localhost`; without keys one of this machine's alone.
    package var host = "127.0.0.1"
    /// The port; 0: a free one.
    package var port = 8787
    /// The largest body of a request, in bytes.
    package var maxBodyBytes = 1 << 20
    /// The most connections at once; further ones wait in the kernel.
    package var maxConnections = 10_000
    /// For an answer, all waiting included.
    package var requestTimeout: Duration = .seconds(300)
    /// How long a connection may be silent, and how long it may take to send a request.
    package var receiveTimeout: Duration = .seconds(30)
    /// The keys that let in; empty: everybody who can reach the port.
    package var apiKeys: [Secret] = []
    /// The web origins whose pages may ask, such as `https://chat.example.org`; `*` for all.
    package var allowedOrigins: [String] = []
    /// What a client calls a model, and what the service calls it.
    package var modelAliases: [String: String] = [:]
    /// Whether there is a page to chat in.
    package var hasPage = true
    /// Names that nobody may take on the page: those who have them may do more than others, and the page cannot tell who
    /// somebody is.
    package var reservedNames: Set<String> = []
    /// The most texts that the service takes at once to embed.
    package var maxEmbedInputs = 256

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        section.flag("enabled", &isEnabled)
        section.string("host", &host)
        section.integer("port", &port, in: 0...65_535)
        section.integer("max_body", &maxBodyBytes, in: 1024...(1 << 30))
        section.integer("max_connections", &maxConnections, in: 1...1_000_000)
        section.seconds("request_timeout", &requestTimeout)
        apiKeys = section.keys("api_keys") + section.keysOfFile("api_keys_file")
        readOrigins(&section)
        readAliases(&section)
        section.flag("web", &hasPage)
        if apiKeys.isEmpty, !Self.isLoopback(host) {
            section.fault(
                "host",
                "without gateway.api_keys only this machine may be let in (127.0.0.1, ::1 or localhost), got "
                    + section.written("host"))
        }
    }

    private mutating func readOrigins(_ section: inout Section) {
        section.note("allowed_origins", .array([]))
        for entry in section.entries("allowed_origins") ?? [] {
            let scheme = ["https://", "http://"].first { entry.text.hasPrefix($0) }
            let host = entry.text.dropFirst(scheme?.count ?? 0)
            let isOrigin = scheme != nil && !host.isEmpty && !host.contains { $0 == "/" || $0.isWhitespace }
            if isOrigin || entry.text == "*" {
                allowedOrigins.append(entry.text)
            } else {
                section.fault(
                    entry.place, expected: "an origin such as https://chat.example.org, or *", got: entry.written)
            }
        }
    }

    private mutating func readAliases(_ section: inout Section) {
        section.note("model_aliases", .object([:]))
        for (name, source) in section.passedOn("model_aliases")?.fields ?? [] {
            let value = source.value
            if let model = value.string, !model.allSatisfy(\.isWhitespace) {
                modelAliases[name] = model
            } else {
                section.fault("model_aliases.\(name)", expected: "a model's name", got: value)
            }
        }
    }

    /// Whether an address or name means this machine and no other.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
