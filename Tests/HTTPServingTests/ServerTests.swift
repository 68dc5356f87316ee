import Foundation
import HTTPServing
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("HTTPServer", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test("A request comes whole: method, path, query, headers, body, peer")
    func request() async throws {
        let seen = Mutex<[HTTPServerRequest]>([])
        try await withHTTPServer(handler: { request in
            seen.withLock { $0.append(request) }
            return HTTPServerResponse(text: "ok")
        }) { _, url in
            let answer = try await HTTPClient.shared.send(
                HTTPRequest(
                    .post, url + "/a/%C3%A4%2Fb?x=1&empty=&flag&x=a%26b+c", headers: [("X-A", "grüß"), ("X-B", "2")],
                    body: Array("body".utf8)))
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(answer.headers["content-length"] == "2")
        }
        let request = try #require(seen.withLock { $0.first })
        #expect(request.method == "POST")
        #expect(request.path == "/a/ä/b")
        #expect(request.query.map { "\($0.name)=\($0.value)" } == ["x=1", "empty=", "flag=", "x=a&b c"])
        #expect(request.header("x-a") == "grüß")
        #expect(request.header("X-B") == "2")
        #expect(request.header("x-c") == nil)
        #expect(request.body == Data("body".utf8))
        #expect(request.peer == "127.0.0.1")
    }

    @Test("Bodies up to the bound are taken, larger ones answered with 413", arguments: [1000, 1001, 200_000])
    func bodyBound(size: Int) async throws {
        try await withHTTPServer(HTTPServerOptions(maxBodyBytes: 1000)) { request in
            HTTPServerResponse(text: "\(request.body.count)")
        } _: { _, url in
            let answer = try await HTTPClient.shared.send(
                HTTPRequest(.post, url, body: Array(repeating: 65, count: size)))
            #expect(answer.status == (size > 1000 ? 413 : 200))
        }
    }

    @Test("A body that does not end is cut off")
    func endlessBody() async throws {
        try await withHTTPServer(HTTPServerOptions(maxBodyBytes: 1000), handler: { _ in HTTPServerResponse() }) {
            server, _ in
            let client = try RawClient(port: server.port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "1000\r\n" + String(repeating: "a", count: 4096) + "\r\n"
            while client.send(chunk) {}
            // It ends here, or the test does not.
        }
    }

    @Test("Answers in any order, on as many connections as there are")
    func concurrent() async throws {
        let first = RawServerSignal()
        try await withHTTPServer { request in
            if request.path == "/first" { await first.wait() }
            return HTTPServerResponse(text: request.path)
        } _: { _, url in
            async let slow = HTTPClient.shared.send(HTTPRequest(.get, url + "/first"))
            for number in 0..<50 {
                let answer = try await HTTPClient.shared.send(HTTPRequest(.get, url + "/\(number)"))
                #expect(answer.body == Data("/\(number)".utf8))
            }
            first.fire()
            #expect(try await slow.body == Data("/first".utf8))
        }
    }

    @Test("Its own headers are left to it; one that cannot be sent makes a 500")
    func responseHeaders() async throws {
        try await withHTTPServer { request in
            request.path == "/bad"
                ? HTTPServerResponse(headers: [("X-A", "a\r\nX-B: b")], body: Data("no".utf8))
                : HTTPServerResponse(
                    201, headers: [("X-A", "grüß"), ("Content-Length", "77"), ("Connection", "close"), ("X-A", "2")],
                    body: Data("yes".utf8))
        } _: { _, url in
            let good = try await HTTPClient.shared.send(HTTPRequest(.get, url))
            #expect(good.status == 201)
            #expect(good.headers.fields.filter { $0.name == "X-A" }.map(\.value) == ["grüß", "2"])
            #expect(good.headers["content-length"] == "3")
            #expect(good.headers["connection"] == nil)
            let bad = try await HTTPClient.shared.send(HTTPRequest(.get, url + "/bad"))
            #expect(bad.status == 500)
            #expect(bad.headers["x-b"] == nil)
        }
    }

    @Test("A port that is taken, an address that is none")
    func cannotStart() async throws {
        try await withHTTPServer(handler: { _ in HTTPServerResponse() }) { server, _ in
            let taken = #expect(throws: HTTPServingError.self) {
                try HTTPServer.start(HTTPServerOptions(port: server.port)) { _ in HTTPServerResponse() }
            }
            #expect(taken?.code == .addressInUse)
        }
        for options in [
            HTTPServerOptions(host: "nowhere"), HTTPServerOptions(port: 70_000), HTTPServerOptions(host: "192.0.2.1"),
        ] {
            let error = #expect(throws: HTTPServingError.self) {
                try HTTPServer.start(options) { _ in HTTPServerResponse() }
            }
            #expect(error?.code == .badAddress)
        }
    }

    @Test(arguments: ["localhost", "::1"])
    func otherAddresses(host: String) async throws {
        try await withHTTPServer(HTTPServerOptions(host: host), handler: { HTTPServerResponse(text: $0.peer) }) {
            server, _ in
            let name = host == "::1" ? "[::1]" : host
            let answer = try await HTTPClient.shared.send(HTTPRequest(.get, "http://\(name):\(server.port)/"))
            #expect(answer.body == Data((host == "::1" ? host : "127.0.0.1").utf8))
        }
    }

    @Test(
        "Garbage is answered with an error, and the server goes on",
        arguments: [
            ("GET / HTTP/9.9\r\nHost: x\r\n\r\n", "505"), ("GET / HTTP/1.1\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 1 << 20))\r\n\r\n", "431"),
        ])
    func garbage(bytes: String, status: String) async throws {
        try await withHTTPServer(
            HTTPServerOptions(connectionTimeout: .seconds(1)), handler: { _ in HTTPServerResponse(text: "ok") }
        ) { server, url in
            let client = try RawClient(port: server.port)
            client.send(bytes)
            let line = await client.read { $0.contains("\n") }
            #expect(line.contains(" \(status) "))
            #expect(try await HTTPClient.shared.send(HTTPRequest(.get, url)).status == 200)
        }
    }
}
