import Concurrency
import Conversations
import CoreTestSupport
import FoundationEssentials
import JSON
import NATSClient
import Persistence
import ServiceRuntime
import TestSupport
import Testing

@Suite("A bucket without room", .timeLimit(.minutes(2))) struct RoomTests {
    private let answer = String(repeating: "a", count: 2000)

    /// Says something in one channel after the other until it is not kept. Returns the channels of what was kept.
    private func fill(_ instance: Instance) async -> [String] {
        var kept: [String] = []
        while kept.count < 10_000, await instance.say("1", in: "c\(kept.count)", answer: answer) {
            kept.append("c\(kept.count)")
        }
        return kept
    }

    @Test func aBucketThatIsFull() async throws {
        var options = NATSKeyValueOptions.patient
        options.maxBytes = 40_000
        try await withNATSServer(jetStream: true) { [options] server in
            try await withInstance(of: server.url, options) { one in
                let kept = await fill(one)
                #expect((5..<20).contains(kept.count))
                try await one.story.becomes("available", "unavailable")
                let refused = "c\(kept.count)"
                // It can be read, by everybody.
                for channel in kept + [refused] { #expect(await one.turns(channel) == ["1"]) }
                try await withInstance(of: server.url, options) { other in
                    for channel in kept { #expect(await other.turns(channel) == ["1"]) }
                    #expect(await other.turns(refused).isEmpty)
                }
                #expect(await one.say("2", in: refused) == false)
                for channel in ["c0", "c1"] { try await one.connection.keyValue(.testTurns).purge("c.\(channel)") }
                try await one.story.becomes("available", "unavailable", "available")
                try await eventually { try await one.storedTurns(refused) == ["1", "2"] }
                #expect(one.conversations.load.dirty == 0)
                one.forget()
                #expect(await one.turns("c0").isEmpty)
                #expect(await one.conversations.change("c2", .reset(1)).isPersisted)
            }
        }
    }

    @Test(.enabled { await SmallDisk.isPossible() }) func aDiskThatIsFull() async throws {
        try await withSmallDisk(bytes: 600 << 10) { disk in
            // The server believes that there is more.
            let configuration = "jetstream { store_dir: \"\(disk.directory.path)\", max_file_store: 1GB }"
            try await withNATSServer(configuration: configuration) { server in
                try await withInstance(of: server.url, .hurried) { one in
                    let kept = await fill(one)
                    #expect(kept.count > 10)
                    try await eventually { one.story.words.count > 1 }
                    for channel in kept { #expect(await one.turns(channel) == ["1"]) }
                    #expect(await one.say("2", in: "c0") == false)
                    #expect(await one.turns("c0") == ["1", "2"])

                    await server.kill()
                    try await disk.grow(bytes: 64 << 20)
                    try await server.restart()
                    try await eventually { one.bucket.isAvailable && one.conversations.load.dirty == 0 }
                    #expect(try await one.storedTurns("c0") == ["1", "2"])
                    for channel in kept.dropFirst() { #expect(try await one.storedTurns(channel) == ["1"]) }
                    #expect(try await one.storedTurns("c\(kept.count)") == ["1"])
                }
            }
        }
    }

    @Test(.enabled { await NATSTestServer.canBeReadOnly() }) func aDirectoryThatMayNotBeWritten() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url, .hurried) { one in
                #expect(await one.say("1", in: "c", answer: answer))
                try await server.whileReadOnly {
                    // Answered, and known here; said to be not kept.
                    for number in 2..<6 { #expect(await one.say("\(number)", in: "c", answer: answer) == false) }
                    #expect(await one.turns("c") == ["1", "2", "3", "4", "5"])
                    let stored = try await one.storedTurns("c")
                    #expect(stored == ["1"])
                    #expect(one.story.words == ["available", "unavailable"])
                }
                try await eventually { one.conversations.load.dirty == 0 }
                #expect(try await one.storedTurns("c") == ["1", "2", "3", "4", "5"])
                #expect(one.story.words == ["available", "unavailable", "available"])
            }
        }
    }

    // MARK: records

    @Test func aTurnIsShortenedToWhatTheServerTakes() async throws {
        try await withNATSServer(jetStream: true, configuration: "max_payload: 8192") { server in
            try await withInstance(of: server.url) { one in
                for number in 0..<20 {
                    #expect(await one.say("\(number)", in: "c", answer: answer))
                    let stored = try #require(try await one.stored("c"))
                    #expect(stored.turns.last?.id == "\(number)")
                    #expect(stored.turns.last?.answer == answer)
                    #expect(stored.messageCount + stored.departed == 2 * (number + 1))
                    // And what is shown is what is stored.
                    #expect(await one.conversations.value("c") == stored)
                }
                #expect(await one.say("long", in: "c", answer: String(repeating: "ä", count: 50_000)))
                let stored = try #require(try await one.stored("c"))
                let last = try #require(stored.turns.last)
                #expect(last.id == "long")
                #expect(last.answer.hasPrefix("äää"))
                #expect(last.answer.hasSuffix("ä…"))
                #expect(await one.conversations.value("c") == stored)
                #expect(one.story.words == ["available"])
            }
        }
    }

    @Test func aTurnIsShortenedToWhatTheBucketTakes() async throws {
        try await withNATSServer(jetStream: true) { server in
            let question = """
                {"name":"KV_test_turns","subjects":["$KV.test_turns.>"],"max_msgs_per_subject":200,"max_msg_size":1500,\
                "storage":"file",\
                "discard":"new","allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true,"num_replicas":1}
                """
            try await withInstance(of: server.url) { one in
                #expect(await one.say("before", in: "other"))
                _ = try await one.connection.request(
                    [], to: "$JS.API.STREAM.DELETE.KV_test_turns", timeout: .seconds(20))
                let made = try await one.connection.request(
                    Array(question.utf8), to: "$JS.API.STREAM.CREATE.KV_test_turns", timeout: .seconds(20))
                #expect(JSONValue.parse(made.payload)?.object?["error"] == nil)
                for number in 0..<10 {
                    _ = await one.say("\(number)", in: "c", answer: answer)
                    try await eventually { one.conversations.load.dirty == 0 }
                    #expect(try await one.storedTurns("c")?.last == "\(number)")
                }
                #expect(!one.story.words.contains { $0.hasPrefix("unwritable") })
            }
        }
    }

    @Test func aNameThatIsTooLong() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                let name = String(repeating: "x", count: 2000)
                #expect(await one.turns(name).isEmpty)
                for number in 0..<5 { #expect(await one.say("\(number)", in: name) == false) }
                #expect(await one.turns(name) == (0..<5).map(String.init))
                one.conversations.note(name, .choosePersona("concise"))
                #expect(await one.bucket.finish(within: .seconds(1000)))
                #expect(one.story.words == ["available", "unwritable c.\(name)"])
                #expect(await one.say("1", in: "short"))
            }
        }
    }
}
