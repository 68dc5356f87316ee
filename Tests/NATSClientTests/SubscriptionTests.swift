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
            // Nobody has read yet; beyond 4096 the delivery thread stands still, and draining sets it free.
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

    @Test func closingFreesADeliveryThatStandsStill() async throws {
        try await withServerAndConnection { _, connection in
            let subscription = try connection.subscribe("a")
            for _ in 0..<6000 { try connection.publish([1], to: "a") }
            try await connection.flush(timeout: .seconds(5))
            await connection.close()
            let count = await subscription.reduce(into: 0) { count, _ in count += 1 }
            #expect(count <= 4096)
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

    @Test func whatTheLibraryDropsIsCounted() async throws {
        let events = Events()
        try await withNATSServer { server in
            try await withConnection(options(server.url), events: events) { connection in
                let subscription = try connection.subscribe("a")
                for _ in 0..<80_000 { try connection.publish([1], to: "a") }
                try await connection.flush(timeout: .seconds(20))
                try await events.first { if case .slowConsumer("a", dropped: 1...) = $0 { true } else { false } }
                // One may stand between the library's queue and ours.
                let held = 4096 + 65_536
                #expect((80_000 - held - 1...80_000 - held).contains(subscription.dropped))
                await subscription.drain()
                let count = await subscription.reduce(into: 0) { count, _ in count += 1 }
                #expect(count + subscription.dropped == 80_000)
            }
        }
    }
}
