/// How to reach NATS, and how patient to be with it.
package struct NATSOptions: Sendable {
    /// URLs as in `nats://127.0.0.1:4222` or `tls://nats.example.org`; tried in order of the library's choice.
    package var servers: [String]
    /// The connection's name, for the server's monitoring.
    package var name: String
    package var authentication: NATSAuthentication = .none
    /// Nil: TLS only where a URL says `tls:` or the server demands it, with the system's authorities.
    package var tls: NATSTLS?
    /// For one try to connect, TLS and sign-in included.
    package var connectTimeout: Duration = .seconds(2)
    /// Between two rounds of tries.
    package var reconnectWait: Duration = .milliseconds(500)
    /// Up to this much more, by chance, so that clients do not come back all at once.
    package var reconnectJitter: Duration = .milliseconds(500)
    /// What is published while the server is away, or does not read, is kept up to this size, and sent later.
    package var reconnectBufferBytes: Int = 32 << 20
    /// For one write to a socket with TLS; one that takes longer ends the connection, and another is made.
    package var writeDeadline: Duration = .seconds(5)
    package var pingInterval: Duration = .seconds(20)
    /// Unanswered pings until the connection counts as lost.
    package var maxPingsOut: Int = 2
    /// The first part of the subjects on which replies are awaited.
    package var inboxPrefix: String = "_INBOX"

    /// - Parameters:
    ///   - servers: at least one URL.
    ///   - name: the connection's name.
    package init(servers: [String] = ["nats://127.0.0.1:4222"], name: String = "") {
        self.servers = servers
        self.name = name
    }
}
