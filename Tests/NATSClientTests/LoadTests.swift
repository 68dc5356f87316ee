import FoundationEssentials
import NATSClient
import TestSupport
import Testing

/// Many messages. One after the other, and yielding, since publishing takes one of Swift's few threads.
@Suite(.serialized, .timeLimit(.minutes(3))) struct LoadTests {
    @Test func hundredThousandInOrder() async throws {
        try await withServerAndConnection { server, receiver in
            try await withConnection(options(server.url)) { sender in
                let subscription = try receiver.subscribe("many")
                try await receiver.flush(timeout: .seconds(5))
                let (batches, batch) = (10, 10_000)
                let (received, receivedBatch) = AsyncStream<Void>.makeStream()
                async let inOrder = withTimeout(.seconds(150)) {
                    var next = 0
                    for await message in subscription {
                        guard message.text == "\(next)" else { break }
                        next += 1
                        if next % batch == 0 { receivedBatch.yield() }
                        if next == batches * batch { break }
                    }
                    receivedBatch.finish()
                    return next
                }
                // At most five batches under way: 65 536 messages are held.
                var iterator = received.makeAsyncIterator()
                for number in 0..<batches * batch {
                    if number >= 5 * batch, number % batch == 0 { await iterator.next() }
                    if number % 100 == 0 { await Task.yield() }
                    try sender.publish(Array("\(number)".utf8), to: "many")
                }
                #expect(try await inOrder == batches * batch)
                #expect(subscription.dropped == 0)
            }
        }
    }

    @Test func drainWhileMessagesPour() async throws {
        try await withServerAndConnection { server, receiver in
            try await withConnection(options(server.url)) { sender in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !Task.isCancelled {
                            for _ in 0..<100 { try sender.publish([1, 2, 3], to: "pour") }
                            try await sender.flush(timeout: .seconds(5))
                        }
                    }
                    for _ in 0..<20 {
                        let subscription = try receiver.subscribe("pour")
                        async let count = subscription.reduce(into: 0) { count, _ in count += 1 }
                        let other = try receiver.subscribe("pour")
                        #expect(try await other.take(1000).count == 1000)
                        await subscription.drain()
                        #expect(await count > 0)
                        await other.drain()
                    }
                    group.cancelAll()
                }
                #expect(receiver.isConnected)
            }
        }
    }

    @Test func whatIsDroppedIsCounted() async throws {
        let events = Events()
        try await withNATSServer { server in
            try await withConnection(options(server.url), events: events) { connection in
                let subscription = try connection.subscribe("a")
                for number in 0..<80_000 {
                    try connection.publish([1], to: "a")
                    if number % 100 == 0 { await Task.yield() }
                }
                try await connection.flush(timeout: .seconds(60))
                try await events.first { if case .slowConsumer("a", dropped: 1...) = $0 { true } else { false } }
                #expect(subscription.dropped == 80_000 - 65_536)
                await subscription.drain()
                let count = await subscription.reduce(into: 0) { count, _ in count += 1 }
                #expect(count + subscription.dropped == 80_000)
            }
        }
    }
}
