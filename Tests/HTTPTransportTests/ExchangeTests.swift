import Foundation
import HTTPServing
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("HTTPClient: exchanges", .timeLimit(.minutes(1)))
struct ExchangeTests {
    /// Says what it got.
    private static let echo: HTTPServer.Handler = { request in
        HTTPServerResponse(
            headers: [
                ("X-Method", request.method), ("X-Path", request.path),
                ("X-Type", request.header("content-type") ?? "-"),
                ("X-Query", request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")),
                ("X-Expect", request.header("expect") ?? "-"),
            ], body: request.body)
    }

    @Test func getAndPost() async throws {
        try await withHTTPServer(handler: Self.echo) { _, url in
            try await withClient { client in
                let get = try await client.send(HTTPRequest(.get, url + "/a%20b?x=1&y=%C3%A4"))
                #expect(get.status == 200)
                #expect(get.headers["x-method"] == "GET")
                #expect(get.headers["X-PATH"] == "/a b")
                #expect(get.headers["x-query"] == "x=1,y=ä")
                #expect(get.headers["x-type"] == "-")
                #expect(get.body.isEmpty)
                let post = try await client.send(
                    HTTPRequest(.post, url + "/p", headers: [("Content-Type", "text/plain")], body: Array("grüß".utf8)))
                #expect(post.headers["x-method"] == "POST")
                #expect(post.headers["x-type"] == "text/plain")
                #expect(String(decoding: post.body, as: UTF8.self) == "grüß")
                let empty = try await client.send(HTTPRequest(.post, url + "/p"))
                #expect(empty.headers["x-method"] == "POST")
                #expect(empty.headers["x-type"] == "-")
                #expect(empty.body.isEmpty)
            }
        }
    }

    @Test("The bound of an answer counts anew for each, on one connection")
    func boundsOfSeveral() async throws {
        try await withHTTPServer(handler: Self.echo) { _, url in
            try await withClient { client in
                for _ in 0..<5 {
                    let body = Array(repeating: UInt8(ascii: "x"), count: 1000)
                    let answer = try await client.send(HTTPRequest(.post, url, body: body, maxResponseBytes: 1500))
                    #expect(answer.body.count == 1000)
                }
            }
        }
    }

    @Test("A thousand at once", arguments: [1000])
    func many(count: Int) async throws {
        try await withHTTPServer(HTTPServerOptions(maxConnections: 2000), handler: Self.echo) { _, url in
            try await withClient { client in
                let bodies = await withTaskGroup(of: String.self) { group in
                    for number in 0..<count {
                        group.addTask {
                            do throws(HTTPError) {
                                let request = HTTPRequest(.post, url, body: Array("number \(number)".utf8))
                                return String(decoding: try await client.send(request).body, as: UTF8.self)
                            } catch { return String(reflecting: error) }
                        }
                    }
                    return await group.reduce(into: Set<String>()) { $0.insert($1) }
                }
                #expect(bodies.symmetricDifference((0..<count).map { "number \($0)" }) == [])
            }
        }
    }

    @Test func connectionsAreKept() async throws {
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil { connection.answer("yes") }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                for _ in 0..<200 { #expect(await client.failure(HTTPRequest(.get, server.url)) == nil) }
            }
            #expect(server.accepted == 1)
        }
    }

    @Test("A kept connection that the server has closed is replaced")
    func staleConnection() async throws {
        let script: RawServer.Script = { connection in
            if connection.readRequest() != nil { connection.answer("yes") }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                for _ in 0..<500 {
                    let failure = await client.failure(HTTPRequest(.get, server.url))
                    #expect(failure == nil, "\(String(describing: failure))")
                }
            }
            #expect(server.accepted == 500)
        }
    }

    @Test("More requests than connections wait for one another")
    func boundedConnections() async throws {
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil { connection.answer("yes") }
        }
        try await RawServer.with(script) { server in
            try await withClient(HTTPClient(maxConnections: 4)) { client in
                let answered = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<100 {
                        group.addTask { await client.failure(HTTPRequest(.get, server.url)) == nil }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(answered == 100)
            }
            #expect(server.accepted <= 8, "connections are reused, a few of them again after a close")
        }
    }

    @Test("Bodies of many megabytes, both ways")
    func bigBodies() async throws {
        try await withHTTPServer(HTTPServerOptions(maxBodyBytes: 32 << 20), handler: Self.echo) { _, url in
            try await withClient { client in
                var body: [UInt8] = []
                for round in 0..<48_000 { body += [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 251) }
                let answer = try await client.send(HTTPRequest(.post, url, body: body))
                #expect(answer.body == Data(body))
                #expect(answer.headers["x-expect"] == "-")
            }
        }
    }

    @Test("A status is an answer, whatever it is", arguments: [204, 301, 302, 400, 404, 429, 500, 502, 503])
    func statuses(status: Int) async throws {
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil {
                if status == 204 {
                    connection.send("HTTP/1.1 204 No Content\r\n\r\n")
                } else {
                    connection.answer(
                        "<html>sorry</html>", status: "\(status) Whatever",
                        headers: ["Location: http://127.0.0.1:1/", "Content-Type: text/html"])
                }
            }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let answer = try await client.send(HTTPRequest(.post, server.url, body: [1]))
                #expect(answer.status == status)
                #expect(String(decoding: answer.body, as: UTF8.self) == (status == 204 ? "" : "<html>sorry</html>"))
            }
            #expect(server.accepted == 1)
        }
    }

    @Test("Compressed bodies are unpacked, and bounded by what they unpack to")
    func gzip() async throws {
        // `printf 'hello, hello, hello' | gzip -n`, in hexadecimal.
        let packed: [UInt8] = Self.hello
        let script: RawServer.Script = { connection in
            while let request = connection.readRequest() {
                #expect(request.has("accept-encoding: gzip, deflate"))
                connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
                connection.send(packed)
            }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let answer = try await client.send(HTTPRequest(.get, server.url))
                #expect(String(decoding: answer.body, as: UTF8.self) == "hello, hello, hello")
                let refused = await client.failure(HTTPRequest(.get, server.url, maxResponseBytes: 18))
                #expect(refused?.code == .tooLarge)
            }
        }
    }

    private static let hello: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8,
        0x40, 0xa2, 0x00, 0x9f, 0xa1, 0xca, 0x09, 0x13, 0x00, 0x00, 0x00,
    ]

    @Test func interimAnswersAreSkipped() async throws {
        let script: RawServer.Script = { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\nHTTP/1.1 200 OK\r\nX-B: late\r\n")
            connection.send("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-C: trailer\r\n\r\n")
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let answer = try await client.send(HTTPRequest(.get, server.url))
                #expect(answer.status == 200)
                #expect(answer.headers["x-a"] == nil)
                #expect(answer.headers["x-b"] == "late")
                #expect(answer.headers["x-c"] == nil)
                #expect(answer.body == Data("ok".utf8))
            }
        }
    }

    @Test("Headers are sent as they are, also empty ones, without any that were not asked for")
    func requestHeaders() async throws {
        let heads = Mutex<[String]>([])
        let script: RawServer.Script = { connection in
            while let request = connection.readRequest() {
                heads.withLock { $0.append(request.head) }
                connection.answer("")
            }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                _ = try await client.send(
                    HTTPRequest(
                        .post, server.url + "/x?y#z",
                        headers: [("X-One", "a  b"), ("X-Empty", ""), ("X-Two", "grüß"), ("Accept", "text/html")],
                        body: Array(repeating: 65, count: 2 << 20)))
                _ = try await client.send(HTTPRequest(.get, server.url))
            }
            let port = server.port
            #expect(
                heads.withLock { $0 } == [
                    "POST /x?y HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept-Encoding: gzip, deflate\r\n"
                        + "X-One: a  b\r\nX-Empty:\r\nX-Two: grüß\r\nAccept: text/html\r\nContent-Length: 2097152\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n\r\n",
                ])
        }
    }
}
