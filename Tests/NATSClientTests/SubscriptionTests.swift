import FoundationEssentials
import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SubscriptionTests {
    @Test(arguments: [1, 4000, 20_000]) func drainDeliversAllThatArrived(count: Int) async throws {
        try await withServerAndConnection { _, connection in
            let subscription = try connection.subscribe("a")
            for number in 0..<count { try connection.publish(Array("\(number)".utf8), to: "a") }
            try await connection.flush(timeout: .seconds(5))
            // Nobody has read yet.
            await subscription.drain()
            try connection.publish([1], to: "a")
            try await connection.flush(timeout: .seconds(5))
            var next = 0
            for await message in subscription {
                #expect(message.text == "\(next)")
                next += 1
            }
            #expect(next == count)
            await subscription.drain()
            var iterator = subscription.makeAsyncIterator()
            #expect(await iterator.next() == nil)
        }
    }

    @Test func closingEndsASequenceThatNobodyReads() async throws {
        try await withServerAndConnection { _, connection in
            let subscription = try connection.subscribe("a")
            for _ in 0..<6000 { try connection.publish([1], to: "a") }
            try await connection.flush(timeout: .seconds(5))
            await connection.close()
            let count = await subscription.reduce(into: 0) { count, _ in count += 1 }
            #expect(count == 6000)
        }
    }

    @Test func aCancelledConsumerEndsAndAnotherGoesOn() async throws {
        try await withServerAndConnection { _, connection in
            let subscription = try connection.subscribe("a")
            let consumer = Task { await subscription.reduce(into: 0) { count, _ in count += 1 } }
            consumer.cancel()
            #expect(await consumer.value == 0)
            try connection.publish([1], to: "a")
            #expect(try await subscription.take(1).count == 1)
        }
    }
}
