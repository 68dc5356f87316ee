import Conversations
import CoreTestSupport
import NATSClient
import ServiceRuntime
import TestSupport
import Testing

@testable import Persistence

@Suite("What is in memory, and what is written when", .timeLimit(.minutes(2))) struct MemoryTests {
    @Test func whatLeavesMemoryComesBack() async throws {
        var limits = ReplicaLimits(documents: 100)
        limits.writeTimeout = .seconds(1000)
        try await withNATSServer(jetStream: true) { [limits] server in
            try await withInstance(of: server.url, limits: limits) { one in
                let channels = (0..<3000).map { "#channel \($0)" }
                for turn in ["1", "2"] {
                    let kept = await withTaskGroup(of: Int.self) { group in
                        for worker in 0..<50 {
                            group.addTask {
                                var kept = 0
                                for index in stride(from: worker, to: channels.count, by: 50) {
                                    kept += await one.say(turn, in: channels[index]) ? 1 : 0
                                }
                                return kept
                            }
                        }
                        return await group.reduce(0, +)
                    }
                    #expect(kept == channels.count)
                    #expect(one.conversations.load.count <= 100)
                }
                let complete = await withTaskGroup(of: Int.self) { group in
                    for worker in 0..<50 {
                        group.addTask {
                            var complete = 0
                            for index in stride(from: worker, to: channels.count, by: 50) {
                                complete += await one.turns(channels[index]) == ["1", "2"] ? 1 : 0
                            }
                            return complete
                        }
                    }
                    return await group.reduce(0, +)
                }
                #expect(complete == channels.count)
                #expect(one.conversations.load.count <= 100)
                #expect(one.story.words == ["available"])
            }
        }
    }

    @Test func whatCannotBeKeptIsBounded() async throws {
        try await withNATSServer { server in
            try await withInstance(of: server.url, limits: ReplicaLimits(documents: 10)) { one in
                try await eventually { one.story.words == ["memoryOnly"] }
                for number in 0..<1000 { #expect(await one.say("1", in: "\(number)") == false) }
                let load = one.conversations.load
                #expect(load.count == 30 && load.dirty == 30)
                #expect(await one.turns("999") == ["1"])
                // Not told a thousand times.
                let words = one.story.words
                #expect(words.first == "memoryOnly")
                #expect(words.dropFirst().allSatisfy { $0 == "lost" })
                #expect((5...15).contains(words.count))
            }
        }
    }

    /// Nobody waits for what cannot be written any more: of a document that has left, or of which too much waits.
    @Test func whoWaitsForWhatHasLeftWaitsNoLonger() async throws {
        var limits = ReplicaLimits(documents: 1)
        (limits.pendingChanges, limits.writeTimeout) = (2, .seconds(1000))
        try await withNATSServer { [limits] server in
            let connection = try await NATSConnection.connect(NATSOptions(servers: [server.url], name: "test")) { _ in }
            // Nobody has looked yet whether the bucket is there, so that a write is worth waiting for.
            let bucket = StateBucket(on: connection, options: .patient, instance: "i", time: SystemTime()) { _ in }
            let documents = bucket.documents(of: Conversation.self, limits: limits)
            let waits = ["a", "b", "c", "d"].map { documents.begin($0, .choosePersona("concise")) }
            let more = (0..<2).map { documents.begin("d", .choosePersona("\($0)")) }
            try await within(.seconds(20)) {
                #expect(await waits[0]().isPersisted == false)
                #expect(await waits[3]().isPersisted == false)
            }
            #expect(documents.load.count == 3)
            documents.stopWaiting()
            try await within(.seconds(20)) {
                for wait in waits[1...2] + more { #expect(await wait().isPersisted == false) }
            }
            await connection.close()
        }
    }

    @Test func aNoteIsWrittenByAndBy() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                #expect(await one.say("1", in: "c"))
                for name in ["a", "b", "c"] { one.conversations.note(name, .choosePersona("concise")) }
                #expect(await one.conversations.value("c").persona == "concise")
                for name in ["a", "b", "c"] {
                    try await eventually { try await one.stored(name)?.persona == "concise" }
                }
                #expect(try await one.storedTurns("c") == ["1"])
                // Also what is noted after that.
                one.conversations.note("c", .choosePersona("technical"))
                try await eventually { try await one.stored("c")?.persona == "technical" }
            }
        }
    }

    @Test func theEndWaitsForNotes() async throws {
        var limits = ReplicaLimits()
        limits.noteDelay = .seconds(100_000)
        try await withNATSServer(jetStream: true) { [limits] server in
            try await withInstance(of: server.url, limits: limits) { one in
                for number in 0..<100 { one.conversations.note("\(number)", .choosePersona("concise")) }
                #expect(one.conversations.load.dirty == 100)
                // Even before the bucket is open.
                #expect(await one.bucket.finish(within: .seconds(1000)))
                #expect(one.conversations.load.dirty == 0)
                for number in 0..<100 {
                    let stored = try await one.stored("\(number)")
                    #expect(stored?.persona == "concise")
                }
            }
        }
    }
}
