import NATSClient

extension NATSError {
    /// What an operator is to do where no server takes the connection.
    ///
    /// - Parameter servers: as they are configured.
    func remedy(servers: [String]) -> String {
        switch code {
        case .loginRefused:
            "See to the login in the section nats (user and password, token, credentials_file or nkey_seed_file), and to "
                + "the users in the server's configuration"
        case .loginExpired: "Get new credentials for nats.credentials_file"
        case .unknownAuthority: "Set nats.tls.ca_file to the certificate of the authority that signed the server's"
        case .certificateExpired: "Renew the server's certificate, and see to the clocks of both machines"
        case .wrongHostName: "Name the server in nats.servers as its certificate does"
        case .clientCertificateWanted:
            "It most likely wants a client certificate: set nats.tls.certificate_file and nats.tls.key_file, signed by an "
                + "authority that the server trusts"
        case .tlsUnavailable: "Write nats:// instead of tls:// and leave out nats.tls, or enable TLS on the server"
        case .tlsRequired: "Write tls:// instead of nats:// in nats.servers"
        case .unknownHost, .notNATS: "See to the address: nats.servers, NATS_URL or --nats"
        case .connectionRefused:
            "Start one (nats-server), name another with --nats, or let deploy/run start everything"
        case .timeout, .noRoute: "See to the address (nats.servers, NATS_URL, --nats), the network and the firewall"
        default: "See to the servers of the section nats: \(servers.joined(separator: ", "))"
        }
    }

    /// Whether a server is there, and does not take us.
    var isRefusal: Bool {
        switch code {
        case .loginRefused, .loginExpired, .unknownAuthority, .certificateExpired, .wrongHostName,
            .clientCertificateWanted, .tlsUnavailable, .tlsRequired, .tlsFailed:
            true
        default: false
        }
    }
}
