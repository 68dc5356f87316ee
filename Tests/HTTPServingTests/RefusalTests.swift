import Foundation
import HTTPServing
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("HTTPServer: what it refuses", .timeLimit(.minutes(1)))
struct RefusalTests {
    private static let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(
        "A head that others may read otherwise is refused, and nothing behind it is a request",
        arguments: [
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nabcde",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\u{B}\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n",
            "POST / HTTP/1.1\r\n Content-Length: 5\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nY: c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 5\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\nX: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: key\0y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: key\0\r\n\r\n",
            "GET / HTTP/1.1\r\nX: key\0y\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n\0X: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n\0\r\nX: y\r\n\r\n",
            "GET /%00x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a%00?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\0x HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\0HTTP/1.1 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\0HTTP/1.1\0\0 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /?a=b\0c HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET\0X / HTTP/1.1\r\nHost: x\r\n\r\n",
        ])
    func malformed(bytes: String) async throws {
        let paths = Mutex<[String]>([])
        try await withHTTPServer { request in
            paths.withLock { $0.append(request.path) }
            return HTTPServerResponse(text: "ok")
        } _: { server, url in
            let client = try RawClient(port: server.port)
            client.send(bytes + Self.hidden)
            let text = await client.read()
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.contains("Connection: close\r\n"))
            #expect(paths.withLock { $0 } == [])
            #expect(try await HTTPClient.shared.send(HTTPRequest(.get, url)).status == 200)
        }
    }

    @Test("Heads as long as there is room for, with all that is allowed in them, are taken")
    func soundHeads() async throws {
        let seen = Mutex<[HTTPServerRequest]>([])
        try await withHTTPServer { request in
            seen.withLock { $0.append(request) }
            return HTTPServerResponse(text: "ok")
        } _: { server, _ in
            let client = try RawClient(port: server.port)
            let long = String(repeating: "a", count: 10_000)
            for (bytes, count) in [
                ("GET /%2500?x=%00y&z HTTP/1.1\r\nHost: x\r\nEmpty:\r\nTab:\ta\tb\r\nLong: \(long)\r\n\r\n", 1),
                ("\r\nGET / HTTP/1.1\r\nHost:x\r\nContent-Length: 0\r\n\r\n" + Self.hidden, 3),
                ("POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", 4),
            ] {
                client.send(bytes)
                while seen.withLock({ $0.count }) < count { await Task.yield() }
            }
            let requests = seen.withLock { $0 }
            #expect(requests.map(\.path) == ["/%00", "/", "/hidden", "/b"])
            #expect(requests[0].query.map { "\($0.name)=\($0.value)" } == ["x=\0y", "z="])
            #expect(requests[0].header("EMPTY") == "")
            #expect(requests[0].header("tab") == "a\tb")
            #expect(requests[0].header("long") == long)
            #expect(requests[3].body == Data("a".utf8))
        }
    }

    @Test(
        "Who is not admitted is told so before the body is there",
        arguments: [
            ("POST", "Content-Length: 1000000"), ("GET", "Content-Length: 5"), ("PATCH", "Transfer-Encoding: chunked"),
            ("POST", "Content-Length: 5\r\nExpect: 100-continue"),
        ])
    func notAdmitted(method: String, framing: String) async throws {
        let options = HTTPServerOptions { $0.path == "/in" && $0.method == method ? nil : HTTPServerResponse(401) }
        try await withHTTPServer(options, handler: { _ in HTTPServerResponse(text: "ok") }) { server, _ in
            let client = try RawClient(port: server.port)
            client.send("\(method) /out HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n")
            let text = await client.read()
            #expect(text.hasPrefix("HTTP/1.1 401 "))
            #expect(text.contains("Connection: close\r\n"))
            let other = try RawClient(port: server.port)
            other.send("GET /out HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            // Without a body there is nothing to save: the handler says it.
            #expect(await other.read().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Who goes on sending gets the answer all the same", arguments: [401, 413])
    func lingering(status: Int) async throws {
        let options = HTTPServerOptions(maxBodyBytes: status == 413 ? 1000 : 8 << 20) { _ in
            status == 401 ? HTTPServerResponse(401) : nil
        }
        try await withHTTPServer(options, handler: { _ in HTTPServerResponse() }) { _, url in
            for _ in 0..<20 {
                let answer = try await HTTPClient.shared.send(
                    HTTPRequest(.post, url, body: Array(repeating: 65, count: 500_000)))
                #expect(answer.status == status)
            }
        }
    }

    @Test("A body that says to be too large is refused at once, and not asked for")
    func tooLarge() async throws {
        try await withHTTPServer(HTTPServerOptions(maxBodyBytes: 1000), handler: { _ in HTTPServerResponse() }) {
            server, _ in
            let client = try RawClient(port: server.port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
            let text = await client.read()
            #expect(text.hasPrefix("HTTP/1.1 413 "))
            #expect(!text.contains("100 Continue"))
        }
    }

    @Test("Of unfinished bodies so much is held and no more; when they end there is room again")
    func unfinished() async throws {
        let options = HTTPServerOptions(maxBodyBytes: 1000, maxUnfinishedBytes: 2000)
        try await withHTTPServer(options, handler: { HTTPServerResponse(text: "\($0.body.count)") }) { server, _ in
            func send(_ head: String, _ body: String = "") throws -> RawClient {
                let client = try RawClient(port: server.port)
                client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(head)\r\n\r\n\(body)")
                return client
            }
            let part = String(repeating: "a", count: 999)
            let holding = try (0..<2).map { _ in try send("Content-Length: 1000", part) }
            // One that waits to be asked for its body holds nothing: it only tells when both are there.
            while true {
                let asking = try send("Content-Length: 3\r\nExpect: 100-continue")
                let text = await asking.read { $0.contains("\r\n\r\n") }
                asking.close()
                if text.hasPrefix("HTTP/1.1 503 ") {
                    #expect(text.contains("Retry-After: 1\r\n"))
                    break
                }
                #expect(text.hasPrefix("HTTP/1.1 100 "))
            }
            let chunked = try await send("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n").read()
            #expect(chunked.hasPrefix("HTTP/1.1 503 "))
            // One is sent to its end, the other given up.
            holding[0].send("a")
            #expect(await holding[0].read().hasSuffix("1000"))
            holding[1].close()
            while try await !send("Content-Length: 1000", part + "a").read().hasSuffix("1000") {}
        }
    }
}
