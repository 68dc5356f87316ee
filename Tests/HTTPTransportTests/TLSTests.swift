import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: TLS", .timeLimit(.minutes(1)))
struct TLSTests {
    @Test("A certificate of an authority that is trusted")
    func trusted() async throws {
        try await withTLSServer { port, authority, _ in
            try await withClient(HTTPClient(caFile: authority)) { client in
                let answer = try await client.send(HTTPRequest(.get, "https://localhost:\(port)/"))
                #expect(answer.status == 200)
                #expect(answer.body.count > 100)
            }
        }
    }

    @Test("An authority that is not trusted, a name that is not the certificate's, a file that is none")
    func untrusted() async throws {
        try await withTLSServer { port, authority, other in
            for (file, host) in [
                (other, "localhost"), (authority, "127.0.0.1"), (nil, "localhost"), ("/nowhere.pem", "localhost"),
            ] {
                try await withClient(HTTPClient(caFile: file)) { client in
                    let error = await client.failure(HTTPRequest(.get, "https://\(host):\(port)/"))
                    #expect(error?.code == .tls, "\(file ?? "the system's"), \(host)")
                }
            }
        }
    }

    @Test("No TLS where it is expected")
    func notTLS() async throws {
        let script: RawServer.Script = { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let error = await client.failure(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/"))
                #expect(error?.code == .tls)
            }
        }
    }

    /// A server that answers any GET, with a certificate for `localhost` made for this test; its authority's
    /// certificate, and that of another.
    private func withTLSServer(_ body: (_ port: Int, _ authority: String, _ other: String) async throws -> Void)
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "rosey-llm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func path(_ name: String) -> String { directory.appending(path: name).path }
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "2"]
        for name in ["ca", "other"] {
            try await openssl(
                ["req", "-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem")] + key)
        }
        try await openssl(
            ["req", "-subj", "/CN=server", "-CA", path("ca.pem"), "-CAkey", path("ca.key")]
                + ["-addext", "subjectAltName=DNS:localhost"]
                + ["-keyout", path("server.key"), "-out", path("server.pem")] + key)
        let server = try HTTPTestCommand(
            "openssl",
            ["s_server", "-accept", "0", "-www", "-cert", path("server.pem"), "-key", path("server.key")])
        do {
            // A line like `ACCEPT [::]:40001`.
            let line = try #require(await server.line(beginning: "ACCEPT"))
            let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
            try await body(port, path("ca.pem"), path("other.pem"))
        } catch {
            server.terminate()
            await server.wait()
            throw error
        }
        server.terminate()
        await server.wait()
    }

    private func openssl(_ arguments: [String]) async throws {
        #expect(try await HTTPTestCommand("openssl", arguments).wait())
    }
}
