package import Foundation

/// An authority of its own, a certificate for a server and one for a client, made anew by `openssl`.
package struct TestCertificates: Sendable {
    package let ca: String
    package let serverCertificate: String
    package let serverKey: String
    package let clientCertificate: String
    package let clientKey: String

    /// The command line that makes a `nats-server` use them.
    package var serverArguments: [String] {
        ["--tls", "--tlscert", serverCertificate, "--tlskey", serverKey, "--tlscacert", ca]
    }

    /// - Parameters:
    ///   - directory: where the files go.
    ///   - serverName: the subject alternative name of the server's certificate.
    package init(in directory: URL, serverName: String = "IP:127.0.0.1") async throws {
        func path(_ name: String) -> String { directory.appending(path: name).path }
        func request(_ name: String, _ arguments: [String]) async throws {
            let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            let files = ["-keyout", path("\(name).key"), "-out", path("\(name).pem")]
            let command = ["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=\(name)"]
            try await TestProcess.run(command + key + files + arguments)
        }
        let signed = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE"]
        try await request("ca", [])
        try await request("server", signed + ["-addext", "subjectAltName=\(serverName)"])
        try await request("client", signed + ["-addext", "extendedKeyUsage=clientAuth"])
        ca = path("ca.pem")
        serverCertificate = path("server.pem")
        serverKey = path("server.key")
        clientCertificate = path("client.pem")
        clientKey = path("client.key")
    }
}
