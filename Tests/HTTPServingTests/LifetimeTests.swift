import Foundation
import HTTPServing
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("HTTPServer: clients that go, and the end", .timeLimit(.minutes(1)))
struct LifetimeTests {
    @Test("A handler is cancelled when its client goes")
    func clientGoes() async throws {
        let asked = RawServerSignal()
        let wasCancelled = RawServerSignal()
        try await withHTTPServer { request in
            asked.fire()
            await request.closed()
            if Task.isCancelled { wasCancelled.fire() }
            while !Task.isCancelled { await Task.yield() }
            wasCancelled.fire()
            return HTTPServerResponse()
        } _: { _, url in
            let task = Task { try await HTTPClient.shared.send(HTTPRequest(.get, url)) }
            await asked.wait()
            task.cancel()
            await wasCancelled.wait()
        }
    }

    @Test("A streamed answer comes piece by piece")
    func streaming() async throws {
        let steps = (0..<3).map { _ in RawServerSignal() }
        try await withHTTPServer { _ in
            HTTPServerResponse(headers: [("Content-Type", "text/event-stream")]) { writer in
                for (number, step) in steps.enumerated() {
                    try await writer.write("data: \(number)\n\n")
                    await step.wait()
                }
            }
        } _: { _, url in
            let response = try await HTTPClient.shared.stream(HTTPRequest(.get, url))
            #expect(response.headers["content-type"] == "text/event-stream")
            var chunks = response.body.makeAsyncIterator()
            for (number, step) in steps.enumerated() {
                #expect(try await chunks.next() == Array("data: \(number)\n\n".utf8))
                step.fire()
            }
            #expect(try await chunks.next() == nil)
        }
    }

    @Test("A writer that fails breaks the answer off")
    func brokenStream() async throws {
        struct Failure: Error {}
        try await withHTTPServer { _ in
            HTTPServerResponse { writer in
                try await writer.write("abc")
                throw Failure()
            }
        } _: { _, url in
            let error = await #expect(throws: HTTPError.self) {
                try await HTTPClient.shared.send(HTTPRequest(.get, url))
            }
            #expect(error?.code == .connectionLost)
        }
    }

    @Test("A large stream arrives whole, in pieces of any size", arguments: [1000, 300_000])
    func largeStream(piece: Int) async throws {
        let total = 6_000_000
        try await withHTTPServer { _ in
            HTTPServerResponse { writer in
                for number in 0..<(total / piece) {
                    try await writer.write(Data(repeating: UInt8(truncatingIfNeeded: number), count: piece))
                }
            }
        } _: { _, url in
            let body = try await HTTPClient.shared.send(HTTPRequest(.get, url)).body
            #expect(body.count == total)
            let expected = (0..<(total / piece)).map { UInt8(truncatingIfNeeded: $0) }
            #expect(stride(from: 0, to: total, by: piece).map { body[$0] } == expected)
        }
    }

    @Test("A writer waits for a slow client, and learns when it goes")
    func writerBackPressure() async throws {
        let wrote = Mutex(0)
        let gone = RawServerSignal()
        let started = RawServerSignal()
        try await withHTTPServer { _ in
            HTTPServerResponse { writer in
                do throws(HTTPServingError) {
                    while true {
                        try await writer.write(Data(repeating: 65, count: 64 << 10))
                        wrote.withLock { $0 += 64 << 10 }
                        started.fire()
                    }
                } catch {
                    if error.code == .clientGone { gone.fire() }
                    throw error
                }
            }
        } _: { server, _ in
            let client = try RawClient(port: server.port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.wait()
            client.close()
            await gone.wait()
            #expect(wrote.withLock { $0 } < 64 << 20)
        }
    }

    @Test("Stopping lets requests in work be answered, and takes no others")
    func gracefulStop() async throws {
        let asked = RawServerSignal()
        let go = RawServerSignal()
        let server = try HTTPServer.start { _ in
            asked.fire()
            await go.wait()
            return HTTPServerResponse(text: "late")
        }
        let url = "http://127.0.0.1:\(server.port)/"
        async let run: Void = server.run()
        let client = HTTPClient()
        async let answer = client.send(HTTPRequest(.get, url))
        await asked.wait()
        async let stopped: Void = server.stop()
        // Refused from now on, or as soon as the port is closed.
        while await Self.failure(client, url)?.code != .cannotConnect { await Task.yield() }
        go.fire()
        #expect(try await answer.body == Data("late".utf8))
        await stopped
        await run
        await server.stop()
        await client.shutDown()
    }

    private static func failure(_ client: HTTPClient, _ url: String) async -> HTTPError? {
        do throws(HTTPError) {
            _ = try await client.send(HTTPRequest(.get, url, timeouts: HTTPTimeouts(firstByte: .milliseconds(100))))
            return nil
        } catch { return error }
    }

    @Test("Cancelling run ends everything at once, also answers that stream", arguments: [false, true])
    func cancelledRun(streams: Bool) async throws {
        let asked = RawServerSignal()
        let server = try HTTPServer.start { request in
            if streams {
                return HTTPServerResponse { writer in
                    try await writer.write("abc")
                    asked.fire()
                    await request.closed()
                    try await writer.write("def")
                }
            }
            asked.fire()
            await request.closed()
            return HTTPServerResponse()
        }
        let run = Task { await server.run() }
        let client = HTTPClient()
        let request = HTTPRequest(.get, "http://127.0.0.1:\(server.port)/")
        let answer = Task { try await client.send(request) }
        await asked.wait()
        run.cancel()
        await run.value
        let error = await #expect(throws: HTTPError.self) { try await answer.value }
        #expect(error?.code == .connectionLost)
        await server.stop()
        await client.shutDown()
    }

    @Test("A server that was started and never run lets go of its port")
    func neverRun() async throws {
        // An address that no other test uses, so that none takes the port in between.
        let host = "127.0.0.71"
        var server: HTTPServer? = try HTTPServer.start(HTTPServerOptions(host: host)) { _ in HTTPServerResponse() }
        let port = try #require(server?.port)
        await server?.stop()
        server = nil
        let again = try HTTPServer.start(HTTPServerOptions(host: host, port: port)) { _ in HTTPServerResponse() }
        await again.stop()
    }
}
