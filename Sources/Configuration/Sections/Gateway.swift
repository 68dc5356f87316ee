import JSON
package import ServiceRuntime

extension Configuration {
    /// `gateway`: the HTTP interface that OpenAI's clients speak.
    package struct Gateway: Sendable, Equatable {
        /// `enabled`: whether `serve` opens it too; the command `gateway` does in any case. Default false.
        package var enabled = false
        /// `host`: the address to listen on, in numbers, or `localhost`; without keys one of this machine's alone.
        /// Default `127.0.0.1`.
        package var host = "127.0.0.1"
        /// `port`: default 8787; 0 for a free one.
        package var port = 8787
        /// `max_body`: bytes of a request's body, 1 KiB or more. Default 1 Mi.
        package var maxBody = 1_048_576
        /// `max_connections`: at once, 1 or more. Default 10 000.
        package var maxConnections = 10_000
        /// `request_timeout`: seconds for an answer. Default 300.
        package var requestTimeout: Duration = .seconds(300)
        /// `api_keys` and `api_keys_file` (a key a line): who has one of them is let in; default none: everybody on this
        /// machine.
        package var apiKeys: [Secret] = []
        /// `allowed_origins`: web origins whose pages may ask, such as `https://chat.example.org`, or `*`. Default none.
        package var allowedOrigins: [String] = []
        /// `model_aliases`: what clients call a model, and its name here: `{"gpt-4": "ollama/llama3.2"}`. Default none.
        package var modelAliases: [String: String] = [:]
        /// `web`: whether there is a page to chat in, at `/`. Default true.
        package var web = true

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Gateway {
    /// Takes over what the section `gateway` says.
    mutating func read(_ section: inout Section) {
        enabled = section.reader.bool("enabled") ?? enabled
        host = section.string("host") ?? host
        port = section.integer("port", in: 0...65_535) ?? port
        maxBody = section.integer("max_body", in: 1024...1_073_741_824) ?? maxBody
        maxConnections = section.integer("max_connections", in: 1...1_000_000) ?? maxConnections
        requestTimeout = section.seconds("request_timeout") ?? requestTimeout
        apiKeys = section.keys("api_keys") + section.keysOfFile("api_keys_file")
        allowedOrigins = origins(&section)
        modelAliases = aliases(&section)
        web = section.reader.bool("web") ?? web
        if apiKeys.isEmpty, !Self.isLoopback(host) {
            section.fault(
                "host",
                "without gateway.api_keys only this machine may be let in (127.0.0.1, ::1 or localhost), got "
                    + (section.fields["host"]?.brief ?? host))
        }
    }

    private func origins(_ section: inout Section) -> [String] {
        (section.entries("allowed_origins") ?? []).compactMap { entry in
            let text = entry.text
            if text == "*" { return text }
            guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }),
                case let rest = text.dropFirst(scheme.count), !rest.isEmpty,
                !rest.contains(where: { $0 == "/" || $0.isWhitespace })
            else {
                section.reader.fault(
                    entry.place, expected: "an origin such as https://chat.example.org, or *", got: entry.written)
                return nil
            }
            return text
        }
    }

    private func aliases(_ section: inout Section) -> [String: String] {
        guard let fields = section.passedOn("model_aliases") else { return [:] }
        var aliases: [String: String] = [:]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let model = value.string, !model.allSatisfy(\.isWhitespace) else {
                section.reader.fault("model_aliases.\(name)", expected: "a model's name", got: value)
                continue
            }
            aliases[name] = model
        }
        return aliases
    }

    /// Whether an address or name means this machine and no other.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
