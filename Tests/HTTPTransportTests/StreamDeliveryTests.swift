import Dispatch
import HTTPServing
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite("HTTPClient: how streamed bodies are handed over", .timeLimit(.minutes(1)))
struct StreamDeliveryTests {
    /// Counts how often a task goes on.
    private final class CountingExecutor: TaskExecutor {
        private let queue = DispatchQueue(label: "counting")
        private let jobs = Atomic<Int>(0)

        var count: Int { jobs.load(ordering: .acquiring) }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.add(1, ordering: .acquiringAndReleasing)
            // A job comes in once and is run once.
            queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test("A head, a body and an end that come together wake the consumer once", arguments: [false, true])
    func together(isChunked: Bool) async throws {
        let body = isChunked ? "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n" : "abc"
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 3"
        let script: RawServer.Script = { connection in
            while connection.readRequest() != nil { connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n\(body)") }
        }
        let executor = CountingExecutor()
        try await RawServer.with(script) { server in
            try await withClient { client in
                let request = HTTPRequest(.get, server.url, timeouts: .none)
                let consumer = Task(executorPreference: executor) {
                    let before = executor.count
                    let response = try await client.stream(request)
                    var chunks = response.body.makeAsyncIterator()
                    let chunk = try await chunks.next()
                    let end = try await chunks.next()
                    return (chunk, end, executor.count - before)
                }
                let (chunk, end, jobs) = try await consumer.value
                #expect(chunk == Array("abc".utf8))
                #expect(end == nil)
                #expect(jobs == 1)
            }
        }
    }

    @Test("Sent byte by byte: complete, in order, never an empty chunk")
    func byteByByte() async throws {
        let sent = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(sent.count)\r\n\r\n")
            for byte in sent { connection.send([byte]) }
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                var received: [UInt8] = []
                for try await chunk in try await client.stream(HTTPRequest(.get, server.url, timeouts: .none)).body {
                    #expect(!chunk.isEmpty)
                    received += chunk
                }
                #expect(received == sent)
            }
        }
    }

    @Test("Much more than lies ready, for a consumer that is now fast and now slow")
    func largerThanBuffer() async throws {
        let sent = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let begun = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(sent.count)\r\n\r\n")
            connection.send(sent.prefix(200_000))
            begun.fire()
            connection.send(sent.dropFirst(200_000))
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
                await begun.wait()
                var received: [UInt8] = []
                for try await chunk in response.body {
                    #expect(chunk.count <= 128 << 10)
                    received += chunk
                    for _ in 0..<received.count % 7 { await Task.yield() }
                }
                #expect(received == sent)
            }
        }
    }

    @Test("A transfer that waits for its consumer is closed with it")
    func closedWhilePaused() async throws {
        let stuck = RawServerSignal()
        let closed = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            let piece = Array(repeating: UInt8(65), count: 65536)
            repeat { if connection.isStuck(milliseconds: 300) { stuck.fire() } } while connection.send(piece)
            closed.fire()
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let request = HTTPRequest(.get, server.url, timeouts: .none, maxResponseBytes: .max)
                let consumer = Task {
                    var chunks = try await client.stream(request).body.makeAsyncIterator()
                    _ = try await chunks.next()
                    await stuck.wait()
                }
                try await consumer.value
                await closed.wait()
            }
        }
    }

    @Test("Who is cancelled gets no more, even of what is there")
    func cancelledBetweenChunks() async throws {
        let closed = RawServerSignal()
        let script: RawServer.Script = { connection in
            guard connection.readRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            connection.waitForClose()
            closed.fire()
        }
        try await RawServer.with(script) { server in
            try await withClient { client in
                let consumer = Task {
                    let response = try await client.stream(HTTPRequest(.get, server.url, timeouts: .none))
                    // The task is this one, within the call only.
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    for try await _ in response.body { Issue.record("expected nothing") }
                }
                let error = await #expect(throws: HTTPError.self) { try await consumer.value }
                #expect(error?.code == .cancelled)
                await closed.wait()
            }
        }
    }

    @Test("A thousand at once, each with its own bytes")
    func thousand() async throws {
        let count = 1000
        let asked = Atomic<Int>(0)
        let all = RawServerSignal()
        @Sendable func piece(_ path: String, _ number: Int) -> String { "\(path) \(number);" }
        try await withHTTPServer(HTTPServerOptions(maxConnections: 2000)) { request in
            if asked.add(1, ordering: .acquiringAndReleasing).newValue == count { all.fire() }
            return HTTPServerResponse { writer in
                try await writer.write(piece(request.path, 0))
                // None ends before all have begun.
                await all.wait()
                for number in 1..<10 {
                    try await writer.write(piece(request.path, number))
                    await Task.yield()
                }
            }
        } _: { _, url in
            try await withClient { client in
                let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for stream in 0..<count {
                        group.addTask {
                            var received: [UInt8] = []
                            for try await chunk in try await client.stream(HTTPRequest(.get, "\(url)/\(stream)")).body {
                                received += chunk
                            }
                            let expected = (0..<10).map { piece("/\(stream)", $0) }.joined()
                            return received != Array(expected.utf8)
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(wrong == 0)
            }
        }
    }
}
