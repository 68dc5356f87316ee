import Concurrency
import FoundationEssentials
import NATSClient
import Synchronization
import TestSupport
import Testing

/// What the library's external event loop must hold up to.
@Suite(.timeLimit(.minutes(2))) struct LoopTests {
    /// Runs the body with a loop of its own, which ends afterwards.
    private func withLoop<Value>(_ body: (EventLoop) async throws -> Value) async throws -> Value {
        let loop = EventLoop(name: "test")
        do {
            let value = try await body(loop)
            await loop.shutDown()
            return value
        } catch {
            await loop.shutDown()
            throw error
        }
    }

    /// Runs the body with a connection on that loop.
    private func withConnection<Value>(
        _ options: NATSOptions, on loop: EventLoop, events: Events = Events(),
        _ body: (NATSConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await NATSConnection.connect(options, loop: loop, onEvent: events.handler)
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    @Test("A thousand requests are heard, worked on and answered without waking the loop by itself")
    func noWakeUps() async throws {
        try await withNATSServer { server in
            try await withLoop { loop in
                try await withConnection(options(server.url), on: loop) { service in
                    let subscription = try service.subscribe("echo", queueGroup: "all") { message in
                        Task(executorPreference: loop) {
                            await Task.yield()
                            guard let reply = message.reply else { return }
                            try? service.publish(Array("\(message.text) \(loop.isCurrent)".utf8), to: reply)
                        }
                    }
                    try await service.flush(timeout: .seconds(10))
                    // Whoever asks has another loop.
                    try await NATSClientTests.withConnection(options(server.url)) { client in
                        let before = loop.wakeUpCount
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for number in 0..<1000 {
                                group.addTask {
                                    let answer = try await client.request(
                                        Array("\(number)".utf8), to: "echo", timeout: .seconds(30))
                                    #expect(answer.text == "\(number) true")
                                }
                            }
                            try await group.waitForAll()
                        }
                        #expect(loop.wakeUpCount == before)
                    }
                    await subscription.drain()
                }
            }
        }
    }

    @Test("A server that is lost again and again is found each time, and handlers go on")
    func reconnects() async throws {
        try await withNATSServer { server in
            let events = Events()
            try await withLoop { loop in
                try await withConnection(options(server.url), on: loop, events: events) { connection in
                    try await events.first(where: \.isConnected)
                    let (texts, heard) = AsyncStream<String>.makeStream()
                    _ = try connection.subscribe("a") { message in heard.yield(message.text) }
                    var iterator = texts.makeAsyncIterator()
                    for round in 0..<6 {
                        if round % 2 == 0 { await server.kill() } else { await server.stop() }
                        try await events.first(where: \.isDisconnected)
                        #expect(!connection.isConnected)
                        try connection.publish(Array("\(round)".utf8), to: "a")
                        try await server.restart()
                        try await events.first(where: \.isReconnected)
                        #expect(await iterator.next() == "\(round)")
                    }
                }
            }
        }
    }

    @Test("A connection that breaks off in the middle of a message leaves nothing behind for the next")
    func brokenMessage() async throws {
        let number = Atomic(0)
        let script: RawServer.Script = { connection in
            let isFirst = number.add(1, ordering: .relaxed).oldValue == 0
            let greeting = #"INFO {"server_id":"x","version":"2.9.0","max_payload":1048576,"headers":true}"#
            connection.send("\(greeting)\r\n")
            // One with the sign-in, and one to see whether the connection is encrypted.
            for _ in 0..<2 {
                while let line = connection.readLine(), line != "PING\r\n" {}
                connection.send("PONG\r\n")
            }
            connection.send(isFirst ? "MSG a 1 10\r\nhalf" : "MSG a 1 5\r\nwhole\r\n")
            if !isFirst { connection.waitForClose() }
        }
        try await RawServer.with(script) { server in
            try await NATSClientTests.withConnection(options("nats://127.0.0.1:\(server.port)")) { connection in
                let subscription = try connection.subscribe("a")
                #expect(try await subscription.take(1).map(\.text) == ["whole"])
            }
        }
    }

    @Test("Draining one of two members of a queue group loses nothing")
    func drains() async throws {
        try await withNATSServer { server in
            try await withLoop { loop in
                try await withConnection(options(server.url), on: loop) { first in
                    try await withConnection(options(server.url), on: loop) { second in
                        let count = Mutex<[Int]>([0, 0])
                        let (ticks, tick) = AsyncStream<Void>.makeStream()
                        let one = try first.subscribe("work", queueGroup: "all") { _ in
                            count.withLock { $0[0] += 1 }
                            tick.yield()
                        }
                        let two = try second.subscribe("work", queueGroup: "all") { _ in
                            count.withLock { $0[1] += 1 }
                        }
                        try await first.flush(timeout: .seconds(10))
                        try await second.flush(timeout: .seconds(10))
                        try await NATSClientTests.withConnection(options(server.url)) { sender in
                            async let draining: Void = {
                                for await _ in ticks { break }
                                await one.drain()
                            }()
                            for number in 0..<20_000 {
                                try sender.publish([1], to: "work")
                                if number % 100 == 0 { await Task.yield() }
                            }
                            try await sender.flush(timeout: .seconds(30))
                            await draining
                        }
                        let drained = count.withLock { $0[0] }
                        await two.drain()
                        #expect(count.withLock { $0.reduce(0, +) } == 20_000)
                        #expect(count.withLock { $0[0] } == drained, "nothing comes after draining")
                    }
                }
            }
        }
    }

    @Test("With TLS: in order, large and small, on the connection's loop")
    func tls() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try await TestCertificates(in: directory)
            try await withNATSServer(arguments: certificates.serverArguments) { server in
                try await withLoop { loop in
                    let secure = options(server.url, tls: NATSTLS(caFile: certificates.ca))
                    try await withConnection(secure, on: loop) { connection in
                        let (sizes, heard) = AsyncStream<(Int, Bool)>.makeStream()
                        let subscription = try connection.subscribe("a") { message in
                            heard.yield((message.payload.count, loop.isCurrent))
                        }
                        let expected = (0..<2000).map { $0 % 200 == 0 ? 900_000 : $0 }
                        for size in expected {
                            try connection.publish([UInt8](repeating: 1, count: size), to: "a")
                            if size > 100_000 { try await connection.flush(timeout: .seconds(20)) }
                        }
                        var seen: [Int] = []
                        for await (size, isOnLoop) in sizes {
                            #expect(isOnLoop)
                            seen.append(size)
                            if seen.count == expected.count { break }
                        }
                        #expect(seen == expected)
                        await subscription.drain()
                        let error = await #expect(throws: NATSError.self) {
                            try await connection.request([1], to: "nobody", timeout: .seconds(20))
                        }
                        #expect(error?.code == .noResponders)
                    }
                }
            }
        }
    }

    @Test("A busy loop loses nothing: messages wait in the socket")
    func busyLoop() async throws {
        try await withNATSServer { server in
            try await withLoop { loop in
                try await withConnection(options(server.url), on: loop) { connection in
                    let count = 50_000
                    let (numbers, heard) = AsyncStream<String>.makeStream()
                    _ = try connection.subscribe("a") { message in heard.yield(message.text) }
                    try await connection.flush(timeout: .seconds(10))
                    let gate = RawServerSignal()
                    loop.execute { gate.waitOnThread() }
                    try await NATSClientTests.withConnection(options(server.url)) { sender in
                        for number in 0..<count {
                            try sender.publish(Array("\(number)".utf8), to: "a")
                            if number % 100 == 0 { await Task.yield() }
                        }
                        try await sender.flush(timeout: .seconds(30))
                    }
                    gate.fire()
                    var next = 0
                    for await text in numbers {
                        guard text == "\(next)" else { break }
                        next += 1
                        if next == count { break }
                    }
                    #expect(next == count)
                }
            }
        }
    }

    @Test("A server that does not read holds up nobody: publishing is refused beyond the bound, the loop goes on")
    func fullSocket() async throws {
        try await withNATSServer { server in
            try await withLoop { loop in
                var small = options(server.url)
                small.reconnectBufferBytes = 4 << 20
                try await withConnection(small, on: loop) { connection in
                    try await NATSClientTests.withConnection(options(server.url)) { listener in
                        let subscription = try listener.subscribe("a")
                        try await listener.flush(timeout: .seconds(10))
                        server.pause()
                        // On the loop itself: were it to block, nothing would come back.
                        let accepted = await Task(executorPreference: loop) {
                            var accepted = 0
                            while accepted < 100_000 {
                                do throws(NATSError) {
                                    try connection.publish([UInt8](repeating: 1, count: 10_000), to: "a")
                                    accepted += 1
                                } catch {
                                    #expect(error.code == .bufferFull)
                                    return accepted
                                }
                                // So that the loop writes.
                                await Task.yield()
                            }
                            return accepted
                        }.value
                        #expect((400..<100_000).contains(accepted))
                        #expect(await loop.run { loop.isCurrent })
                        server.resume()
                        try await connection.flush(timeout: .seconds(30))
                        #expect(try await subscription.take(accepted).count == accepted)
                    }
                }
            }
        }
    }
}
