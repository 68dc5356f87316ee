import HTTPServing
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPServer: more clients than it has room for", .timeLimit(.minutes(1)))
struct CrowdTests {
    @Test("Who waits for room gets it when others leave", arguments: [1, 5])
    func room(limit: Int) async throws {
        try await withHTTPServer(HTTPServerOptions(maxConnections: limit), handler: { _ in HTTPServerResponse() }) {
            server, url in
            for _ in 0..<5 {
                let crowd = try (0..<(limit + 3)).map { _ in try RawClient(port: server.port) }
                async let answer = HTTPClient.shared.send(HTTPRequest(.get, url, headers: [("Connection", "close")]))
                for client in crowd { client.close() }
                #expect(try await answer.status == 200)
            }
        }
    }
}
