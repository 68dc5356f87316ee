import Foundation
import HTTPServing
import HTTPTransport
import TestSupport
import Testing

@Suite("HTTPClient: streamed bodies", .timeLimit(.minutes(1)))
struct StreamingTests {
    @Test("The head comes before the body, and each piece when it is sent")
    func pieces() async throws {
        let signals = (0..<4).map { _ in RawServerSignal() }
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 201 Created\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n")
            for (number, signal) in signals.enumerated() {
                signal.waitOnThread()
                connection.send(number < 3 ? "1\r\n\(number)\r\n" : "0\r\n\r\n")
            }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
                #expect(response.status == 201)
                #expect(response.headers["x-a"] == "b")
                var chunks = response.body.makeAsyncIterator()
                for number in 0..<3 {
                    signals[number].fire()
                    #expect(try await chunks.next() == Array("\(number)".utf8))
                }
                signals[3].fire()
                #expect(try await chunks.next() == nil)
                #expect(try await chunks.next() == nil)
            }
        }
    }

    @Test("A consumer that waits holds the server up, and loses nothing", arguments: [false, true])
    func backPressure(idleTimeout: Bool) async throws {
        let total = 24 << 20
        let stuck = RawServerSignal()
        let finished = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            var count = 0
            while count < total {
                let piece = Array(repeating: UInt8(truncatingIfNeeded: count / 65536), count: 65536)
                if connection.isStuck(milliseconds: 800) { stuck.fire() }
                guard connection.send(piece) else { break }
                count += piece.count
            }
            finished.fire()
            stuck.fire()
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                var timeouts = HTTPTimeouts.none
                // Our own slowness is not the server's silence.
                if idleTimeout { timeouts.idle = .milliseconds(500) }
                let response = try await client.stream(
                    HTTPRequest(.get, server.url, timeouts: timeouts, maxResponseBytes: total))
                await stuck.wait()
                #expect(!finished.hasHappened)
                var count = 0
                for try await chunk in response.body {
                    #expect(chunk.first == UInt8(truncatingIfNeeded: count / 65536))
                    #expect(chunk.count <= 128 << 10)
                    count += chunk.count
                }
                #expect(count == total)
            }
        }
    }

    /// How a consumer ends early.
    enum Stop: CaseIterable { case leaveLoop, dropResponse, cancelTask }

    @Test("Who stops early closes the connection", arguments: Stop.allCases)
    func earlyStop(_ stop: Stop) async throws {
        let closed = RawServerSignal()
        let got = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\nabc")
            connection.waitForClose()
            closed.fire()
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let request = HTTPRequest(.get, server.url, timeouts: .none)
                switch stop {
                case .leaveLoop:
                    let response = try await client.stream(request)
                    for try await chunk in response.body {
                        #expect(chunk == Array("abc".utf8))
                        break
                    }
                    await closed.wait()
                    withExtendedLifetime(response) {}
                case .dropResponse:
                    _ = try await client.stream(request)
                    await closed.wait()
                case .cancelTask:
                    let task = Task { () -> HTTPError? in
                        do throws(HTTPError) {
                            for try await _ in try await client.stream(request).body { got.fire() }
                            return nil
                        } catch { return error }
                    }
                    await got.wait()
                    task.cancel()
                    #expect(await task.value?.code == .cancelled)
                    await closed.wait()
                }
            }
        }
    }

    @Test("Before the head, a failure is thrown by stream; later by the body")
    func failures() async throws {
        let script: RawServer.Script = { connection in
            guard let request = connection.readRequest() else { return }
            if request.head.hasPrefix("GET /head") { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let early = await #expect(throws: HTTPError.self) {
                    _ = try await client.stream(HTTPRequest(.get, server.url + "/head"))
                }
                #expect(early?.code == .connectionLost)
                let response = try await client.stream(HTTPRequest(.get, server.url + "/body"))
                var received: [UInt8] = []
                let late = await #expect(throws: HTTPError.self) {
                    for try await chunk in response.body { received += chunk }
                }
                #expect(late?.code == .connectionLost)
                #expect(late?.afterFirstByte == true)
                #expect(received == Array("abc".utf8), "what came is delivered first")
            }
        }
    }

    @Test("Bounds and timeouts hold for streamed bodies too")
    func bounds() async throws {
        let script: RawServer.Script = { connection in
            guard let request = connection.readRequest() else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\na")
            if request.head.hasPrefix("GET /stall") { return connection.waitForClose() }
            while connection.send(Array(repeating: 97, count: 4096)) {}
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                func end(_ request: HTTPRequest) async -> HTTPError.Code? {
                    do throws(HTTPError) {
                        for try await _ in try await client.stream(request).body {}
                        return nil
                    } catch { return error.code }
                }
                #expect(await end(HTTPRequest(.get, server.url, maxResponseBytes: 1 << 20)) == .tooLarge)
                let idle = HTTPTimeouts(idle: .milliseconds(60))
                #expect(await end(HTTPRequest(.get, server.url + "/stall", timeouts: idle)) == .idleTimeout)
            }
        }
    }

    @Test("Shutting down ends streams")
    func shutDown() async throws {
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            connection.waitForClose()
        }
        try await RawServer.with(script) { server in
            let client = HTTPClient()
            let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
            let task = Task { () -> HTTPError? in
                do throws(HTTPError) {
                    for try await _ in response.body {}
                    return nil
                } catch { return error }
            }
            await Task.yield()
            await client.shutDown()
            #expect(await task.value?.code == .shutDown)
        }
    }
}
