import JSON

extension Configuration.NATS {
    /// Takes over what the section `nats` says.
    mutating func read(_ section: inout Section) {
        user = section.string("user")
        password = section.secret("password")
        token = section.secret("token")
        credentialsFile = section.file("credentials_file")
        nkeySeedFile = section.file("nkey_seed_file")
        nkeyPublicKey = section.string("nkey_public_key")
        name = section.string("name") ?? name
        section.section("tls") { tls.read(&$0) }
        readServers(&section)
        checkLogin(&section)
    }

    private mutating func readServers(_ section: inout Section) {
        guard let entries = section.entries("servers") else { return }
        guard !entries.isEmpty else { return section.fault("servers", expected: "at least one server") }
        var list = ServerList()
        for entry in entries {
            do throws(AddressFault) { try list.add(entry.text) } catch {
                section.fault(entry.place, error.text(got: entry.written))
            }
        }
        guard list.login == nil || !hasLogin else {
            return section.fault("servers", "nats holds other credentials already: leave those in the URL out")
        }
        use(list)
    }

    private func checkLogin(_ section: inout Section) {
        let ways = [
            ("user", user != nil), ("token", token != nil), ("credentials_file", section.has("credentials_file")),
            ("nkey_seed_file", section.has("nkey_seed_file")),
        ].filter(\.1).map(\.0)
        if ways.count > 1 {
            section.fault(ways[0], "one way to log in is enough, got \(ways.joined(separator: " and "))")
        }
        if password != nil, user == nil { section.fault("user", expected: "the user that the password belongs to") }
        if section.has("nkey_seed_file"), nkeyPublicKey == nil {
            section.fault("nkey_public_key", expected: "the public key that belongs to nkey_seed_file")
        }
        if nkeyPublicKey != nil, !section.has("nkey_seed_file") {
            section.fault("nkey_seed_file", expected: "the file with the seed of nkey_public_key")
        }
    }

    private var hasLogin: Bool {
        user != nil || password != nil || token != nil || credentialsFile != nil || nkeySeedFile != nil
    }

    /// Connects to `list`; credentials that stand in its URLs replace all others.
    mutating func use(_ list: ServerList) {
        if !list.servers.isEmpty { servers = list.servers }
        guard let login = list.login else { return }
        (user, password, token) = (login.user, login.password, login.token)
        (credentialsFile, nkeySeedFile, nkeyPublicKey) = (nil, nil, nil)
    }
}

extension Configuration.NATS.TLS {
    /// Takes over what the section `nats.tls` says.
    mutating func read(_ section: inout Section) {
        caFile = section.file("ca_file")
        certificateFile = section.file("certificate_file")
        keyFile = section.file("key_file")
        if section.has("certificate_file"), !section.has("key_file") {
            section.fault("key_file", expected: "the key of certificate_file")
        }
        if section.has("key_file"), !section.has("certificate_file") {
            section.fault("certificate_file", expected: "the certificate of key_file")
        }
    }
}
