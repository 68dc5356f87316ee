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
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "2"]
        for name in ["ca", "other"] {
            try await openssl(
                ["req", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem"] + key, in: directory)
        }
        try await openssl(
            [
                "req", "-subj", "/CN=server", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
                "subjectAltName=DNS:localhost",
            ]
                + ["-keyout", "server.key", "-out", "server.pem"] + key, in: directory)
        let server = process(
            ["s_server", "-accept", "0", "-naccept", "100", "-www", "-cert", "server.pem", "-key", "server.key"],
            in: directory)
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        defer { server.terminate() }
        let port = try #require(await Self.port(in: output.fileHandleForReading))
        try await body(port, directory.appending(path: "ca.pem").path, directory.appending(path: "other.pem").path)
    }

    /// From a line like `ACCEPT [::]:40001`.
    private static func port(in output: FileHandle) async -> Int? {
        await withCheckedContinuation { waiter in
            Thread.detachNewThread {
                var line = Data()
                while let byte = try? output.read(upToCount: 1), !byte.isEmpty {
                    line += byte
                    guard byte == Data("\n".utf8) else { continue }
                    let text = String(decoding: line, as: UTF8.self)
                    if text.hasPrefix("ACCEPT") {
                        let port = text.split(separator: ":").last.flatMap { Int($0.dropLast()) }
                        return waiter.resume(returning: port)
                    }
                    line = Data()
                }
                waiter.resume(returning: nil)
            }
        }
    }

    private func process(_ arguments: [String], in directory: URL) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    private func openssl(_ arguments: [String], in directory: URL) async throws {
        let process = process(arguments, in: directory)
        try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in waiter.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                waiter.resume(throwing: error)
            }
        }
        #expect(process.terminationStatus == 0)
    }
}
