import Conversations
import CoreTestSupport
import NATSClient
import Observability
import Persistence
import TestSupport
import Testing

@Suite("A bucket that goes and comes back", .timeLimit(.minutes(2))) struct OutageTests {
    /// A turn for a channel of its own; nobody waits for long, and what it says is in memory.
    private func sayUnkept(_ instance: Instance, _ count: Int, from first: Int) async {
        let began = ContinuousClock.now
        for number in first..<first + count {
            #expect(await instance.say("\(number)", in: "c\(number % 3)") == false)
            #expect(await instance.turns("c\(number % 3)").last == "\(number)")
        }
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    private func isAllStored(_ instance: Instance, _ count: Int) async throws {
        try await eventually { instance.conversations.load.dirty == 0 }
        for channel in 0..<3 {
            let expected = (0..<count).filter { $0 % 3 == channel }.map(String.init)
            #expect(try await instance.storedTurns("c\(channel)") == expected)
            #expect(await instance.turns("c\(channel)") == expected)
        }
    }

    @Test(arguments: [true, false]) func theServerDiesAndComesBack(inGoodOrder: Bool) async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                try await one.opens()
                for number in 0..<3 { #expect(await one.say("\(number)", in: "c\(number)")) }
                #expect(one.bucket.isAvailable)
                #expect(one.bucket.failures.value == 0)
                if inGoodOrder { await server.stop() } else { await server.kill() }
                await sayUnkept(one, 60, from: 3)
                try await one.story.becomes("available", "unavailable")
                #expect(!one.bucket.isAvailable)
                #expect(one.bucket.failures.value > 0)
                #expect(one.bucket.loads.map { $0.load.count }.max() == 3)
                #expect(await one.bucket.finish(within: .seconds(1)) == false)
                try await server.restart()
                try await one.story.becomes("available", "unavailable", "available")
                try await isAllStored(one, 63)
                #expect(await one.say("63", in: "c0"))
                #expect(one.story.words.count == 3)
            }
        }
    }

    /// Somebody else changed it while this instance could not hear of that.
    @Test func theFirstLookAfterAnOutageIsAFreshOne() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                try await one.opens()
                for channel in 0..<20 { #expect(await one.say("1", in: "c\(channel)")) }
                let generation = one.connection.generation
                await server.kill()
                try await server.restart()
                try await withInstance(of: server.url) { other in
                    for channel in 0..<20 {
                        #expect(await other.conversations.change("c\(channel)", .choosePersona("concise")).isPersisted)
                    }
                }
                try await eventually { one.connection.generation > generation }
                for channel in 0..<20 {
                    #expect(await one.conversations.value("c\(channel)").persona == "concise")
                }
                #expect(await one.say("2", in: "c0"))
            }
        }
    }

    @Test func theServerIsHeldAndGoesOn() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                try await one.opens()
                for number in 0..<3 { #expect(await one.say("\(number)", in: "c\(number)")) }
                server.pause()
                // The first write is sent, and arrives later: it is not made twice.
                await sayUnkept(one, 60, from: 3)
                try await one.story.becomes("available", "unavailable")
                server.resume()
                try await one.story.becomes("available", "unavailable", "available")
                try await isAllStored(one, 63)
            }
        }
    }

    @Test func aServerThatIsSlowIsWaitedForOnceAtMost() async throws {
        var limits = ReplicaLimits()
        limits.writeTimeout = .seconds(1)
        try await withNATSServer(jetStream: true) { [limits] server in
            try await withInstance(of: server.url, limits: limits) { one in
                try await one.opens()
                for number in 0..<3 { try await eventually { await one.say("\(number)", in: "c\(number)") } }
                server.pause()
                await sayUnkept(one, 30, from: 3)
                server.resume()
                try await isAllStored(one, 33)
                // It was late, and never away.
                #expect(one.story.words == ["available"])
                #expect(one.story.slowTimes >= 1)
            }
        }
    }

    @Test func theBucketIsDeleted() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                // So that its revisions are far from those of the next.
                for number in 0..<50 { #expect(await one.say("\(number)", in: "old")) }
                _ = try await one.connection.request(
                    [], to: "$JS.API.STREAM.DELETE.KV_test_turns", timeout: .seconds(20))
                _ = await one.say("new", in: "old")
                _ = await one.say("1", in: "other")
                try await eventually { one.conversations.load.dirty == 0 && one.bucket.isAvailable }
                try await eventually { try await one.storedTurns("old") == ["new"] }
                #expect(try await one.storedTurns("other") == ["1"])
                try await eventually { await one.turns("old") == ["new"] }
                #expect(await one.say("2", in: "other"))
                try await one.story.becomes("available", "unavailable", "available")
            }
        }
    }

    @Test func theBucketIsDeletedWhileNobodyWrites() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                #expect(await one.say("1", in: "c"))
                _ = try await one.connection.request(
                    [], to: "$JS.API.STREAM.DELETE.KV_test_turns", timeout: .seconds(20))
                one.forget()
                try await eventually { await one.turns("c").isEmpty }
                #expect(await one.say("2", in: "c"))
                #expect(try await one.storedTurns("c") == ["2"])
            }
        }
    }

    // MARK: JetStream that is not there

    @Test func withoutJetStreamEverythingIsInMemory() async throws {
        try await withNATSServer { server in
            try await withInstance(of: server.url, .hurried) { one in
                #expect(await one.turns("c").isEmpty)
                await sayUnkept(one, 60, from: 0)
                #expect(await one.conversations.change("c0", .choosePersona("concise")).isPersisted == false)
                #expect(await one.conversations.value("c0").persona == "concise")
                try await one.story.becomes("memoryOnly")
                #expect(!one.bucket.isAvailable)
                #expect(await one.bucket.finish(within: .seconds(1)) == false)

                await server.stop()
                await sayUnkept(one, 3, from: 60)
                try await server.restartWithJetStream()
                try await one.story.becomes("memoryOnly", "available")
                try await isAllStored(one, 63)
                #expect(await one.say("63", in: "c0"))
            }
        }
    }

    @Test func theServerComesLater() async throws {
        try await withNATSServer(jetStream: true) { server in
            await server.kill()
            try await withInstance(of: server.url, .hurried) { one in
                await sayUnkept(one, 6, from: 0)
                try await one.story.becomes("unavailable")
                try await server.restart()
                try await one.story.becomes("unavailable", "available")
                try await isAllStored(one, 6)
            }
        }
    }

    // MARK: the end

    @Test func itEndsWhileTheServerIsHeld() async throws {
        try await withNATSServer(jetStream: true) { server in
            let (bucket, documents) = try await withInstance(of: server.url) { one in
                #expect(await one.say("1", in: "c"))
                server.pause()
                one.conversations.note("c", .choosePersona("concise"))
                #expect(await one.bucket.finish(within: .seconds(2)) == false)
                return (one.bucket, one.conversations)
            }
            server.resume()
            // Nobody waits for what does not come any more.
            #expect(await documents.value("c").persona == "concise")
            #expect(await documents.value("unknown") == Conversation())
            #expect(await documents.change("c", .choosePersona(nil)).isPersisted == false)
            #expect(await bucket.finish(within: .seconds(1000)) == false)
            #expect(!bucket.isAvailable)
        }
    }

    @Test func theConnectionIsClosedBefore() async throws {
        try await withNATSServer(jetStream: true) { server in
            var limits = ReplicaLimits()
            limits.writeTimeout = .seconds(10)
            try await withInstance(of: server.url, limits: limits) { one in
                try await eventually { await one.say("1", in: "c") }
                await one.connection.close()
                #expect(await one.say("2", in: "c") == false)
                #expect(await one.turns("c") == ["1", "2"])
                #expect(await one.turns("unknown").isEmpty)
            }
        }
    }

    @Test func aBucketThatCannotBe() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, NATSKeyValueOptions(bucket: "no such name")) { one in
                #expect(await one.turns("c0").isEmpty)
                await sayUnkept(one, 3, from: 0)
                try await one.story.becomes("unavailable")
            }
        }
    }
}
