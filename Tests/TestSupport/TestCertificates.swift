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
    package init(in directory: URL, serverName: String = "IP:127.0.0.1") throws {
        func path(_ name: String) -> String { directory.appending(path: name).path }
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try TestProcess.run(
            "openssl",
            ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem"] + key,
            in: directory)
        for (name, extensions) in [
            ("server", "subjectAltName=\(serverName)"), ("client", "extendedKeyUsage=clientAuth"),
        ] {
            try TestProcess.run(
                "openssl",
                ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-CA", "ca.pem", "-CAkey", "ca.key"]
                    + ["-addext", extensions, "-addext", "basicConstraints=critical,CA:FALSE"]
                    + ["-keyout", "\(name).key", "-out", "\(name).pem"] + key,
                in: directory)
        }
        ca = path("ca.pem")
        serverCertificate = path("server.pem")
        serverKey = path("server.key")
        clientCertificate = path("client.pem")
        clientKey = path("client.key")
    }
}
