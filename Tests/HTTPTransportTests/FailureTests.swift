import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: what servers do wrong", .timeLimit(.minutes(1)))
struct FailureTests {
    /// A fault of the wire, and what it is to be called.
    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: HTTPError.Code
        var afterFirstByte = false
        /// What the server does once it has the request.
        var answer: @Sendable (RawServerConnection) -> Void
    }

    static let faults: [Fault] = [
        Fault(testDescription: "closed without an answer", code: .connectionLost) { _ in },
        Fault(testDescription: "reset before the head", code: .connectionLost) { $0.reset() },
        Fault(testDescription: "closed within the status line", code: .connectionLost) { $0.send("HTT") },
        Fault(testDescription: "closed within the head", code: .connectionLost) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n")
        },
        Fault(testDescription: "closed after the head", code: .connectionLost) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        },
        Fault(testDescription: "length cut short", code: .connectionLost, afterFirstByte: true) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
        },
        Fault(testDescription: "chunks cut short", code: .connectionLost, afterFirstByte: true) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
        },
        Fault(testDescription: "within a chunk", code: .connectionLost, afterFirstByte: true) {
            $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        },
        Fault(testDescription: "no HTTP", code: .badResponse) { $0.send("220 mail.example.com ESMTP\r\n") },
        Fault(testDescription: "no status", code: .badResponse) { $0.send("HTTP/1.1 OK\r\n\r\n") },
        Fault(testDescription: "not gzip", code: .badResponse) {
            $0.answer("this is not gzip at all", headers: ["Content-Encoding: gzip"])
        },
        Fault(testDescription: "one header of 1 MiB", code: .tooLarge) {
            $0.send("HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "a", count: 1 << 20) + "\r\n\r\n")
        },
        Fault(testDescription: "headers of 1 MiB in sum", code: .tooLarge) {
            $0.send("HTTP/1.1 200 OK\r\n")
            for number in 0..<1024 where !$0.send("X-\(number): " + String(repeating: "a", count: 1014) + "\r\n") {
                break
            }
            $0.send("\r\n")
        },
        Fault(testDescription: "interim answers without end", code: .tooLarge) {
            while $0.send("HTTP/1.1 100 Continue\r\n\r\n") {}
        },
        Fault(testDescription: "a body without end", code: .tooLarge, afterFirstByte: true) {
            $0.send("HTTP/1.1 200 OK\r\n\r\n")
            while $0.send(Array(repeating: 97, count: 4096)) {}
        },
        Fault(testDescription: "a length beyond the bound", code: .tooLarge, afterFirstByte: true) {
            $0.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
            while $0.send(Array(repeating: 97, count: 4096)) {}
        },
    ]

    @Test(arguments: faults)
    func fault(_ fault: Fault) async throws {
        let script: RawServer.Script = { connection in
            if connection.readRequest() != nil { fault.answer(connection) }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let error = await client.failure(
                    HTTPRequest(.post, server.url, body: [1], timeouts: .none, maxResponseBytes: 1 << 20))
                #expect(error?.code == fault.code, "\(String(describing: error))")
                #expect(error?.afterFirstByte == fault.afterFirstByte)
            }
        }
    }

    @Test("A reset in the middle of the body")
    func resetAfterFirstByte() async throws {
        let seen = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
            seen.waitOnThread()
            connection.reset()
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
                var chunks = response.body.makeAsyncIterator()
                #expect(try await chunks.next() == Array("abc".utf8))
                seen.fire()
                let error = await #expect(throws: HTTPError.self) { try await chunks.next() }
                #expect(error?.code == .connectionLost)
                #expect(error?.afterFirstByte == true)
            }
        }
    }

    @Test func refused() async throws {
        let port = try RawServer.closedPort()
        try await withClient { client in
            let error = await client.failure(HTTPRequest(.get, "http://127.0.0.1:\(port)/"))
            #expect(error?.code == .cannotConnect)
            #expect(error?.detail.contains("127.0.0.1") == true)
        }
    }

    @Test func nameNotFound() async throws {
        try await withClient { client in
            let error = await client.failure(HTTPRequest(.get, "http://nosuchhost.invalid/"))
            #expect(error?.code == .nameNotFound)
        }
    }

    @Test(
        "What must not be sent is not",
        arguments: [
            "", "127.0.0.1", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http:///x", "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nX-A: b", "http://127.0.0.1/\u{7F}", "http://127.0.0.1/\0", " http://127.0.0.1/",
            "https:127.0.0.1", "javascript:alert(1)",
        ])
    func badURL(url: String) async throws {
        try await withClient { client in
            #expect(await client.failure(HTTPRequest(.get, url))?.code == .badRequest)
        }
    }

    @Test("A URL that only libcurl finds wrong", arguments: ["http://[::1/", "http://127.0.0.1:99999/"])
    func malformedURL(url: String) async throws {
        try await withClient { client in
            #expect(await client.failure(HTTPRequest(.get, url))?.code == .badRequest)
        }
    }

    @Test(
        arguments: [
            ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "a\0b"), ("X-A", "a\u{7F}"), ("X-A\r\n", "a"), ("", "a"),
            ("X A", "a"), ("X:A", "a"), ("Ä", "a"), ("Content-Length", "5"), ("transfer-encoding", "chunked"),
            ("Expect", "100-continue"),
        ])
    func badHeader(name: String, value: String) async throws {
        let script: RawServer.Script = { _ in }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let error = await client.failure(HTTPRequest(.get, server.url, headers: [(name, value)]))
                #expect(error?.code == .badRequest)
            }
            #expect(server.accepted == 0)
        }
    }

    @Test("The client goes on after any failure")
    func recovery() async throws {
        let script: RawServer.Script = { connection in
            if connection.readRequest() != nil, connection.number % 2 == 1 { connection.answer("yes") }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                for _ in 0..<10 {
                    #expect(await client.failure(HTTPRequest(.get, server.url))?.code == .connectionLost)
                    #expect(await client.failure(HTTPRequest(.get, server.url)) == nil)
                }
            }
        }
    }
}
