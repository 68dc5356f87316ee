import BusProtocol
import JSON
import NATSClient
import ServiceRuntime
import Settings

extension NATSOptions {
    /// Takes over what the section `nats` says. Of the ways to log in there is to be one.
    mutating func read(_ section: inout Section) {
        section.string("name", &name)
        section.string(
            "inbox_prefix", &inboxPrefix, expected: "the beginning of a subject, as in \"_INBOX_rosey\"",
            where: Self.isInboxPrefix)
        section.section("tls") { part in
            var files = NATSTLS()
            files.read(&part)
            if files != NATSTLS() { tls = files }
        }
        readLogin(&section)
        section.note("servers", .array(servers.map { .string($0) }))
        guard let entries = section.entries("servers") else { return }
        guard !entries.isEmpty else { return section.fault("servers", expected: "at least one server") }
        var list = ServerList()
        for entry in entries {
            do throws(AddressFault) { try list.add(entry.text) } catch {
                section.fault(entry.place, error.text(got: entry.written))
            }
        }
        guard list.login == nil || authentication == .none else {
            return section.fault("servers", "nats holds other credentials already: leave those in the URL out")
        }
        use(list)
    }

    /// Whether replies can be awaited on subjects that begin so: short enough for what follows, and nobody else's subjects.
    private static func isInboxPrefix(_ text: String) -> Bool {
        text.utf8.count <= 100 && NATSSubject.isValid(text) && Subjects.mayReceiveReplies(text + ".x")
    }

    private mutating func readLogin(_ section: inout Section) {
        var (user, publicKey): (String?, String?)
        section.string("user", &user)
        let (password, token) = (section.secret("password"), section.secret("token"))
        let (credentials, seed) = (section.file("credentials_file"), section.file("nkey_seed_file"))
        section.string("nkey_public_key", &publicKey)
        if let user {
            authentication = .userPassword(user: user, password: password?.revealed ?? "")
        } else if let token {
            authentication = .token(token.revealed)
        } else if let credentials {
            authentication = .credentialsFile(credentials)
        } else if let seed, let publicKey {
            authentication = .nkeySeedFile(path: seed, publicKey: publicKey)
        }
        let ways = [
            ("user", user != nil), ("token", token != nil), ("credentials_file", section.has("credentials_file")),
            ("nkey_seed_file", section.has("nkey_seed_file")),
        ].filter(\.1).map(\.0)
        if ways.count > 1 {
            section.fault(ways[0], "one way to log in is enough, got \(ways.joined(separator: " and "))")
        }
        if password != nil, user == nil { section.fault("user", expected: "the user that the password belongs to") }
        if section.has("nkey_seed_file"), publicKey == nil {
            section.fault("nkey_public_key", expected: "the public key that belongs to nkey_seed_file")
        }
        if publicKey != nil, !section.has("nkey_seed_file") {
            section.fault("nkey_seed_file", expected: "the file with the seed of nkey_public_key")
        }
    }

    /// Connects to the servers in `text`, separated by commas, of an option or a variable of the environment.
    mutating func connect(to text: String, from source: String, _ root: inout Section) {
        var list = ServerList()
        let entries = text.split(separator: ",").filter { !$0.allSatisfy(\.isWhitespace) }
        for entry in entries {
            do throws(AddressFault) { try list.add(String(entry)) } catch {
                root.fault(of: source, error.text(got: .string(String(entry))))
            }
        }
        if entries.isEmpty { root.fault(of: source, "expected at least one server, got none") }
        use(list)
    }

    /// Connects to `list`; credentials that stand in its URLs replace all others.
    private mutating func use(_ list: ServerList) {
        if !list.servers.isEmpty { servers = list.servers }
        authentication = list.login ?? authentication
    }
}

extension NATSTLS {
    /// Takes over what the section `nats.tls` says.
    fileprivate mutating func read(_ section: inout Section) {
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
