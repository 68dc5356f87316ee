package import ServiceRuntime

extension Configuration {
    /// `nats`: where the servers are, and how to log in.
    ///
    /// At most one way to log in is set: user and password, token, credentials file, or NKey.
    package struct NATS: Sendable, Equatable {
        /// `servers`: `nats://host:port` or `tls://host:port`, never with a user or password in them.
        /// Default `["nats://127.0.0.1:4222"]`.
        package var servers = ["nats://127.0.0.1:4222"]
        /// `user`: default none.
        package var user: String?
        /// `password`: the user's; default none.
        package var password: Secret?
        /// `token`: default none.
        package var token: Secret?
        /// `credentials_file`: a `.creds` file of JWT and seed, readable when it was checked; default none.
        package var credentialsFile: String?
        /// `nkey_seed_file`: a file with an NKey seed, readable when it was checked; default none.
        package var nkeySeedFile: String?
        /// `nkey_public_key`: the public key (`U…`) that belongs to the seed; there exactly when the seed is.
        package var nkeyPublicKey: String?
        /// `tls`: certificates.
        package var tls = TLS()
        /// `name`: what the servers show this client as. Default `rosey-llm`.
        package var name = "rosey-llm"

        /// The defaults.
        package init() {}
    }
}

extension Configuration.NATS {
    /// `nats.tls`: certificates; a `tls://` server needs none of them where the system knows its authority.
    package struct TLS: Sendable, Equatable {
        /// `ca_file`: the authority that signed the server's certificate (PEM). Default: the system's authorities.
        package var caFile: String?
        /// `certificate_file`: the client's own certificate (PEM); only together with its key. Default none.
        package var certificateFile: String?
        /// `key_file`: the key of the client's certificate (PEM). Default none.
        package var keyFile: String?

        /// The defaults.
        package init() {}
    }
}
