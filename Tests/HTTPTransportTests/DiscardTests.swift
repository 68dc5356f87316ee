import FoundationEssentials
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: the rest of an answer that nobody wants", .timeLimit(.minutes(1)))
struct DiscardTests {
    /// Takes the first chunk of an answer, and lets the rest be thrown away.
    private func takeFirst(_ client: HTTPClient, _ server: RawServer) async throws -> [UInt8]? {
        let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
        var chunks = response.body.makeAsyncIterator()
        let chunk = try await chunks.next()
        response.body.discardRest()
        return chunk
    }

    @Test("Its connection is kept where it ends soon")
    func kept() async throws {
        let discarded = RawServerSignal()
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                discarded.waitOnThread()
                connection.send("4\r\nrest\r\n0\r\n\r\n")
            }
        }
        try await RawServer.with(script) { server in
            // One connection: who comes next waits for it.
            let client = HTTPClient(maxConnections: 1)
            let first = try await takeFirst(client, server)
            #expect(first == Array("abc".utf8))
            discarded.fire()
            let second = try await client.send(HTTPRequest(.get, server.url, timeouts: .none))
            #expect([UInt8](second.body) == Array("abcrest".utf8))
            #expect(server.accepted == 1)
            await client.shutDown()
        }
    }

    @Test("Its connection is closed where it does not end, or is long", arguments: [false, true])
    func closed(isLong: Bool) async throws {
        let closed = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\nabc")
            if isLong {
                let more = [UInt8](repeating: 0, count: 4096)
                while connection.send(more) {}
            } else {
                connection.waitForClose()
            }
            closed.fire()
        }
        try await RawServer.with(script) { server in
            let client = HTTPClient()
            let first = try await takeFirst(client, server)
            #expect(first?.starts(with: "abc".utf8) == true)
            await closed.wait()
            await client.shutDown()
        }
    }
}
