import FoundationEssentials
import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignInTests {
    /// Says whether the options lead to a connection that works.
    private func expectWorks(_ options: NATSOptions) async throws {
        let events = Events()
        try await withConnection(options, events: events) { connection in
            try await events.first(where: \.isConnected)
            let subscription = try connection.subscribe("a")
            try connection.publish([1], to: "a")
            #expect(try await subscription.take(1).count == 1)
        }
    }

    @Test func userAndPassword() async throws {
        try await withNATSServer(arguments: ["--user", "me", "--pass", "fake"]) { server in
            try await expectWorks(options(server.url, authentication: .userPassword(user: "me", password: "fake")))
            let url = server.url.replacing("nats://", with: "nats://me:fake@")
            try await expectWorks(options(url))
            try await withConnection(options(url)) { #expect($0.connectedServer == server.url) }
        }
    }

    @Test func token() async throws {
        try await withNATSServer(arguments: ["--auth", "fake"]) { server in
            try await expectWorks(options(server.url, authentication: .token("fake")))
        }
    }

    @Test func nkey() async throws {
        let configuration = "authorization { users [ { nkey: \(FakeIdentity.user) } ] }"
        try await withNATSServer(configuration: configuration) { server in
            try await withTemporaryDirectory { directory in
                let path = directory.appending(path: "seed").path
                try Data("\(FakeIdentity.seed)\n".utf8).write(to: URL(filePath: path))
                let publicKey = FakeIdentity.user
                try await expectWorks(
                    options(server.url, authentication: .nkeySeedFile(path: path, publicKey: publicKey)))
            }
        }
    }

    @Test func credentials() async throws {
        let configuration = """
            operator: \(FakeIdentity.operatorJWT)
            resolver: MEMORY
            resolver_preload: { \(FakeIdentity.account): \(FakeIdentity.accountJWT) }
            """
        try await withNATSServer(configuration: configuration) { server in
            try await withTemporaryDirectory { directory in
                let path = directory.appending(path: "user.creds").path
                try Data(FakeIdentity.credentials.utf8).write(to: URL(filePath: path))
                try await expectWorks(options(server.url, authentication: .credentialsFile(path)))
            }
        }
    }

    @Test func tlsWithAClientCertificate() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try await TestCertificates(in: directory)
            try await withNATSServer(arguments: certificates.serverArguments + ["--tlsverify"]) { server in
                let tls = NATSTLS(
                    caFile: certificates.ca, certificateFile: certificates.clientCertificate,
                    keyFile: certificates.clientKey)
                try await expectWorks(options(server.url, tls: tls))
                try await expectRefused(
                    options(server.url, tls: NATSTLS(caFile: certificates.ca)), .clientCertificateWanted)
            }
        }
    }

    @Test(arguments: ["DNS:elsewhere.example", "IP:127.0.0.9"])
    func tlsWithAnotherName(name: String) async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try await TestCertificates(in: directory, serverName: name)
            try await withNATSServer(arguments: certificates.serverArguments) { server in
                try await expectRefused(options(server.url, tls: NATSTLS(caFile: certificates.ca)), .wrongHostName)
            }
        }
    }

    @Test func tlsFromAnUnknownAuthority() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try await TestCertificates(in: directory)
            try await withNATSServer(arguments: certificates.serverArguments) { server in
                try await expectRefused(options(server.url, tls: NATSTLS()), .unknownAuthority)
            }
        }
    }

    /// Otherwise a server, or whoever sits between, could have everything sent in the clear.
    @Test func aURLThatSaysTLSIsNeverAnsweredWithoutIt() async throws {
        try await withNATSServer { server in
            try await expectRefused(options(server.url.replacing("nats:", with: "tls:")), .tlsUnavailable)
        }
    }

    private func expectRefused(_ options: NATSOptions, _ code: NATSError.Code) async throws {
        let events = Events()
        try await withConnection(options, events: events) { connection in
            try await events.first { $0.refusal == code }
            #expect(!connection.isConnected)
        }
    }

    @Test func goesOnAfterRefusals() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "users.conf")
            func allow(_ password: String) throws {
                try Data("authorization { user: me, password: \(password) }".utf8).write(to: file)
            }
            try allow("other")
            try await withNATSServer(arguments: ["-c", file.path]) { server in
                let events = Events()
                let mine = options(server.url, authentication: .userPassword(user: "me", password: "fake"))
                try await withConnection(mine, events: events) { connection in
                    // Twice the same refusal, and the library gives up. We do not.
                    try await events.first { $0.refusal == .loginRefused }
                    #expect(!connection.isConnected)
                    let subscription = try connection.subscribe("a")
                    try allow("fake")
                    await server.stop()
                    try await server.restart()
                    try await events.first(where: \.isConnected)
                    try connection.publish([1], to: "a")
                    #expect(try await subscription.take(1).count == 1)

                    try allow("other")
                    await server.kill()
                    try await server.restart()
                    try await events.first { $0.refusal == .loginRefused }
                    try allow("fake")
                    await server.kill()
                    try await server.restart()
                    try await events.first(where: \.isReconnected)
                    try await connection.flush(timeout: .seconds(5))
                    try connection.publish([2], to: "a")
                    #expect(try await subscription.take(1).map(\.payload) == [[2]])
                    let error = await #expect(throws: NATSError.self) {
                        try await connection.request([1], to: "nobody", timeout: .seconds(5))
                    }
                    #expect(error?.code == .noResponders)
                }
            }
        }
    }

    @Test func refusesFilesThatAreNot() async throws {
        try await withTemporaryDirectory { directory in
            let empty = directory.appending(path: "empty").path
            try Data("nothing\n".utf8).write(to: URL(filePath: empty))
            let missing = directory.appending(path: "missing").path
            for path in [empty, missing] {
                for bad in [
                    options("nats://127.0.0.1:1", authentication: .credentialsFile(path)),
                    options(
                        "nats://127.0.0.1:1", authentication: .nkeySeedFile(path: path, publicKey: FakeIdentity.user)),
                    options("nats://127.0.0.1:1", tls: NATSTLS(caFile: path)),
                    options("nats://127.0.0.1:1", tls: NATSTLS(certificateFile: path, keyFile: path)),
                    options("nats://127.0.0.1:1", tls: NATSTLS(certificateFile: path)),
                ] {
                    let error = await #expect(throws: NATSError.self) {
                        try await NATSConnection.connect(bad) { _ in }
                    }
                    #expect(error?.code == .badOptions)
                }
            }
        }
    }

    @Test func printsNoSecret() {
        let options = options("nats://a", authentication: .userPassword(user: "me", password: "fake-secret"))
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!(dumped + "\(options)" + String(reflecting: options)).contains("fake-secret"))
    }
}
