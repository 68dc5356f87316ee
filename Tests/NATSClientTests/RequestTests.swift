import FoundationEssentials
import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RequestTests {
    /// Answers each message on the subject with what the body makes of it.
    private func withResponder(
        _ connection: NATSConnection, _ subject: String, _ respond: @escaping @Sendable (NATSMessage) throws -> Void,
        _ body: () async throws -> Void
    ) async throws {
        let subscription = try connection.subscribe(subject)
        async let responding: Void = { for await message in subscription { try respond(message) } }()
        try await body()
        await subscription.drain()
        try await responding
    }

    @Test func requestsAreAnswered() async throws {
        try await withServerAndConnection { _, connection in
            try await withResponder(connection, "echo") { message in
                try connection.publish(Array(message.payload), to: #require(message.reply))
            } _: {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<500 {
                        group.addTask {
                            let reply = try await connection.request(
                                Array("\(number)".utf8), to: "echo", timeout: .seconds(10))
                            #expect(reply.text == "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func nobodyListens() async throws {
        try await withServerAndConnection { _, connection in
            let error = await #expect(throws: NATSError.self) {
                try await connection.request([1], to: "nobody", timeout: .seconds(10))
            }
            #expect(error?.code == .noResponders)
        }
    }

    @Test func nobodyAnswers() async throws {
        try await withServerAndConnection { _, connection in
            let silent = try connection.subscribe("silent")
            let error = await #expect(throws: NATSError.self) {
                try await connection.request([1], to: "silent", timeout: .milliseconds(30))
            }
            #expect(error?.code == .timeout)
            #expect(try await silent.take(1).count == 1)
        }
    }

    @Test func aRequestCanBeCancelled() async throws {
        try await withServerAndConnection { _, connection in
            let silent = try connection.subscribe("silent")
            let request = Task { try await connection.request([1], to: "silent", timeout: .seconds(50)) }
            #expect(try await silent.take(1).count == 1)
            request.cancel()
            let error = await #expect(throws: NATSError.self) { try await request.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func aRequestCancelledBeforeItIsNotSent() async throws {
        try await withServerAndConnection { _, connection in
            let silent = try connection.subscribe("silent")
            let error = await Task {
                // The task is this one, and lives while it runs.
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return await #expect(throws: NATSError.self) {
                    try await connection.request([1], to: "silent", timeout: .seconds(50))
                }
            }.value
            #expect(error?.code == .cancelled)
            try connection.publish([2], to: "silent")
            #expect(try await silent.take(1).map(\.payload) == [[2]])
        }
    }

    @Test func manyRepliesUntilTheEmptyOne() async throws {
        try await withServerAndConnection { _, connection in
            try await withResponder(connection, "stream") { message in
                let reply = try #require(message.reply)
                for number in 0..<100 { try connection.publish(Array("\(number)".utf8), to: reply) }
                try connection.publish([], to: reply, headers: [("Last", "yes")])
                try connection.publish([], to: reply)
                try connection.publish([9], to: reply)
            } _: {
                let replies = try connection.requestMany([1], to: "stream", idleTimeout: .seconds(10))
                var texts: [String] = []
                for try await reply in replies { texts.append(reply.text) }
                #expect(texts == (0..<100).map { "\($0)" } + [""])
            }
        }
    }

    @Test func manyRepliesFromNobody() async throws {
        try await withServerAndConnection { _, connection in
            let replies = try connection.requestMany([1], to: "nobody", idleTimeout: .seconds(10))
            let error = await #expect(throws: NATSError.self) { for try await _ in replies {} }
            #expect(error?.code == .noResponders)
        }
    }

    @Test func manyRepliesThatDoNotCome() async throws {
        try await withServerAndConnection { _, connection in
            let silent = try connection.subscribe("silent")
            let replies = try connection.requestMany([1], to: "silent", idleTimeout: .milliseconds(30))
            var iterator = replies.makeAsyncIterator()
            let error = await #expect(throws: NATSError.self) { try await iterator.next() }
            #expect(error?.code == .timeout)
            #expect(try await iterator.next() == nil)
            #expect(try await silent.take(1).count == 1)
        }
    }

    @Test func closingFailsWhoWaits() async throws {
        try await withNATSServer { server in
            let connection = try await NATSConnection.connect(options(server.url)) { _ in }
            let silent = try connection.subscribe("silent")
            let request = Task { try await connection.request([1], to: "silent", timeout: .seconds(50)) }
            let replies = Task {
                let replies = try connection.requestMany([2], to: "silent", idleTimeout: .seconds(50))
                for try await _ in replies {}
            }
            #expect(try await silent.take(2).count == 2)
            await connection.close()
            let first = await #expect(throws: NATSError.self) { try await request.value }
            let second = await #expect(throws: NATSError.self) { try await replies.value }
            #expect(first?.code == .closed)
            #expect(second?.code == .closed)
            let third = #expect(throws: NATSError.self) { try connection.publish([1], to: "a") }
            #expect(third?.code == .closed)
            let fourth = #expect(throws: NATSError.self) { try connection.subscribe("a") }
            #expect(fourth?.code == .closed)
            let fifth = await #expect(throws: NATSError.self) { try await connection.flush(timeout: .seconds(1)) }
            #expect(fifth?.code == .closed)
            for await _ in silent {}
            await silent.drain()
            await connection.close()
        }
    }

    /// What an event handler holds, and so the connection; finishes a sequence when that lets it go.
    private final class Held: Sendable {
        private let end: AsyncStream<Void>.Continuation

        init(_ end: AsyncStream<Void>.Continuation) { self.end = end }

        deinit { end.finish() }
    }

    @Test func aClosedConnectionIsLetGoAlsoAfterARequest() async throws {
        try await withNATSServer { server in
            let (life, end) = AsyncStream.makeStream(of: Void.self)
            func use() async throws {
                let held = Held(end)
                let connection = try await NATSConnection.connect(options(server.url)) { _ in
                    withExtendedLifetime(held) {}
                }
                let subscription = try connection.subscribe("echo") { message in
                    try? connection.publish(Array(message.payload), to: message.reply ?? "")
                }
                let reply = try await connection.request([1], to: "echo", timeout: .seconds(20))
                #expect(Array(reply.payload) == [1])
                await subscription.drain()
                await connection.close()
            }
            try await use()
            try await withTimeout { for await _ in life {} }
        }
    }
}
