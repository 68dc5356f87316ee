import Concurrency
import HTTPServing
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: prepared endpoints, and tasks on its loop", .timeLimit(.minutes(1)))
struct EndpointTests {
    /// Says what it got.
    private static let echo: HTTPServer.Handler = { request in
        HTTPServerResponse(
            headers: [
                ("X-Method", request.method), ("X-Path", request.path), ("X-Constant", request.header("a") ?? "-"),
                ("X-Own", request.header("b") ?? "-"), ("X-Type", request.header("content-type") ?? "-"),
            ], body: request.body)
    }

    @Test("One handle serves endpoints and plain requests in turn, each with its own headers")
    func alternating() async throws {
        try await withHTTPServer(handler: Self.echo) { _, url in
            try await withClient(HTTPClient(maxConnections: 1)) { client in
                let first = try HTTPEndpoint(
                    .post, url + "/1", headers: [("A", "one"), ("Content-Type", "text/plain")])
                let second = try HTTPEndpoint(.get, url + "/2", headers: [("A", "two")])
                for round in 0..<3 {
                    for own in [nil, "\(round)"] {
                        let headers = own.map { [(name: "B", value: $0)] } ?? []
                        let post = try await client.send(HTTPRequest(first, headers: headers, body: Array("x".utf8)))
                        #expect(post.headers["x-method"] == "POST")
                        #expect(post.headers["x-path"] == "/1")
                        #expect(post.headers["x-constant"] == "one")
                        #expect(post.headers["x-own"] == own ?? "-")
                        #expect(post.headers["x-type"] == "text/plain")
                        #expect(post.body.elementsEqual("x".utf8))
                    }
                    let get = try await client.send(HTTPRequest(second))
                    #expect(get.headers["x-method"] == "GET")
                    #expect(get.headers["x-path"] == "/2")
                    #expect(get.headers["x-constant"] == "two")
                    #expect(get.headers["x-own"] == "-")
                    #expect(get.body.isEmpty)
                    let plain = try await client.send(HTTPRequest(.post, url + "/3", headers: [("B", "plain")]))
                    #expect(plain.headers["x-path"] == "/3")
                    #expect(plain.headers["x-constant"] == "-")
                    #expect(plain.headers["x-own"] == "plain")
                    #expect(plain.headers["x-type"] == "-")
                }
            }
        }
    }

    @Test func refusesWhatMustNotBeSent() {
        #expect(throws: HTTPError.self) { try HTTPEndpoint(.get, "ftp://a") }
        #expect(throws: HTTPError.self) { try HTTPEndpoint(.get, "http://a", headers: [("Content-Length", "1")]) }
        #expect(throws: HTTPError.self) { try HTTPEndpoint(.get, "http://a", headers: [("A", "b\r\nC: d")]) }
    }

    @Test("Headers of one request are checked too")
    func refusesOwnHeaders() async throws {
        try await withClient { client in
            let endpoint = try HTTPEndpoint(.get, "http://127.0.0.1:1/")
            let error = await client.failure(HTTPRequest(endpoint, headers: [("A", "b\nC: d")]))
            #expect(error?.code == .badRequest)
        }
    }

    @Test("Exchanges of tasks on the client's loop wake it not once")
    func noWakeUps() async throws {
        let loop = EventLoop(name: "test")
        try await withHTTPServer(handler: Self.echo) { _, url in
            try await withClient(HTTPClient(loop: loop)) { client in
                let endpoint = try HTTPEndpoint(.post, url + "/", headers: [("A", "one")])
                let wakeUps = try await Task(executorPreference: loop) {
                    let before = loop.wakeUpCount
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<32 {
                            group.addTask {
                                for number in 0..<20 {
                                    let answer = try await client.send(
                                        HTTPRequest(endpoint, body: Array("\(number)".utf8)))
                                    #expect(answer.body.elementsEqual("\(number)".utf8))
                                    #expect(loop.isCurrent)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                    return loop.wakeUpCount - before
                }.value
                #expect(wakeUps == 0)
            }
        }
        await loop.shutDown()
    }
}
