package import ServiceRuntime

/// How the gateway is to be.
package struct GatewaySettings: Sendable {
    /// The address to listen on, in numbers, or `localhost`.
    package var host: String
    /// The port; 0: a free one.
    package var port: Int
    /// The largest body of a request, in bytes.
    package var maxBodyBytes: Int
    /// The most connections at once; further ones wait in the kernel.
    package var maxConnections: Int
    /// For an answer, all waiting included.
    package var requestTimeout: Duration
    /// How long a connection may be silent, and how long it may take to send a request.
    package var receiveTimeout: Duration
    /// The keys that let in; empty: everybody who can reach the port.
    package var apiKeys: [Secret]
    /// The web origins whose pages may ask; `*` for all.
    package var allowedOrigins: [String]
    /// What a client calls a model, and what the service calls it.
    package var modelAliases: [String: String]
    /// Whether there is a page to chat in.
    package var hasPage: Bool
    /// Names that nobody may take on the page: those who have them may do more than others, and the page cannot tell who
    /// somebody is.
    package var reservedNames: Set<String>
    /// The most texts that the service takes at once to embed.
    package var maxEmbedInputs = 256

    /// Settings.
    package init(
        host: String = "127.0.0.1", port: Int = 8787, maxBodyBytes: Int = 1 << 20, maxConnections: Int = 10_000,
        requestTimeout: Duration = .seconds(300), receiveTimeout: Duration = .seconds(30), apiKeys: [Secret] = [],
        allowedOrigins: [String] = [], modelAliases: [String: String] = [:], hasPage: Bool = true,
        reservedNames: Set<String> = []
    ) {
        (self.host, self.port, self.maxBodyBytes) = (host, port, maxBodyBytes)
        (self.maxConnections, self.requestTimeout, self.receiveTimeout) = (
            maxConnections, requestTimeout, receiveTimeout
        )
        (self.apiKeys, self.allowedOrigins, self.modelAliases) = (apiKeys, allowedOrigins, modelAliases)
        (self.hasPage, self.reservedNames) = (hasPage, reservedNames)
    }
}
