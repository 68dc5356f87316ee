/// How to connect to NATS: servers, login, timeouts and bounds.
package struct NATSOptions: Sendable, Equatable {
    /// URLs as in `nats://127.0.0.1:4222` or `tls://nats.example.org`; tried in order of the library's choice.
    package var servers: [String]
    /// The connection's name, for the server's monitoring.
    package var name: String
    /// How to log in.
    package var authentication: NATSAuthentication = .none
    /// Nil: TLS only where a URL says `tls:` or the server demands it, with the system's authorities.
    package var tls: NATSTLS?
    /// The TLS that is asked for: a server without it is refused.
    var demandedTLS: NATSTLS? { tls ?? (servers.contains { $0.hasPrefix("tls://") } ? NATSTLS() : nil) }
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
    /// Between two pings to the server.
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

/// Files for TLS. The server's certificate is always verified, name included.
package struct NATSTLS: Sendable, Equatable {
    /// PEM: the authorities to trust. Nil: the system's.
    package var caFile: String?
    /// PEM: our certificate, with `keyFile`, if the server wants one.
    package var certificateFile: String?
    /// PEM: the key of `certificateFile`.
    package var keyFile: String?

    /// Creates settings for TLS.
    package init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// How to log in. Its description contains no secrets.
package enum NATSAuthentication: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// As the URLs say, or nobody.
    case none
    case userPassword(user: String, password: String)
    case token(String)
    /// A file with a user JWT and its seed, as `nsc` writes it. Read anew at every connect.
    case credentialsFile(String)
    /// A file with a user's nkey seed (`SU…`), and that user's public key (`U…`). The file is read anew at every connect.
    case nkeySeedFile(path: String, publicKey: String)

    /// The kind alone.
    package var description: String {
        switch self {
        case .none: "none"
        case .userPassword: "user and password"
        case .token: "token"
        case .credentialsFile: "credentials file"
        case .nkeySeedFile: "nkey seed file"
        }
    }

    /// Empty: reflection finds no secret.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What happens to a connection, for the operator's story. Told on its event loop, or on a thread of the library: do not
/// block in it.
package enum NATSEvent: Sendable, Hashable {
    /// For the first time.
    case connected(server: String)
    /// The client goes on trying by itself.
    case disconnected(reason: String)
    /// After a loss; what was published meanwhile has been sent.
    case reconnected(server: String)
    /// By its owner, for good.
    case closed(reason: String)
    /// No server takes the connection; the client goes on trying. Each reason once until it changes.
    case refused(NATSError)
    /// The server does not permit something. Each permission once a connection, up to
    /// ``NATSConnection/maxDenied`` of them.
    case denied(NATSPermission)
    /// Something else the server or the library complains of. Each text once until it changes.
    case error(String)
    /// More messages wait for a subscription's consumer than are held: from here on they are dropped.
    case slowConsumer(subject: String, dropped: Int)
}
