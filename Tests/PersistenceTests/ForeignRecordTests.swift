import Conversations
import NATSClient
import Persistence
import TestSupport
import Testing

@Suite("Records that are not ours", .timeLimit(.minutes(2))) struct ForeignRecordTests {
    private static let records = [
        #"{"v":2,"turns":{"in":"another form"}}"#, "no JSON at all", #"{"v":1,"turns":7}"#, "",
    ]

    @Test(arguments: records) func theyAreLeftAsTheyAre(record: String) async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                let store = try await one.connection.keyValue(.test)
                let revision = try await store.put("c.lobby", Array(record.utf8))
                #expect(await one.turns("lobby").isEmpty)
                for number in 0..<5 { #expect(await one.say("\(number)", in: "lobby") == false) }
                one.conversations.note("lobby", .choosePersona("concise"))
                #expect(await one.turns("lobby") == (0..<5).map(String.init))
                #expect(await one.conversations.value("lobby").persona == "concise")
                #expect(await one.say("1", in: "other"))
                #expect(await one.bucket.finish(within: .seconds(1000)))
                #expect(one.story.words == ["available", "foreign c.lobby"])
                let entry = try #require(try await store.get("c.lobby"))
                #expect(entry.revision == revision)
                #expect(entry.value == Array(record.utf8))

                // Once somebody has taken it away, the channel is kept.
                try await store.delete("c.lobby")
                one.forget()
                #expect(await one.turns("lobby").isEmpty)
                #expect(await one.say("new", in: "lobby"))
                #expect(try await one.storedTurns("lobby") == ["new"])
            }
        }
    }

    @Test func oneThatComesWhileOursIsInMemory() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                #expect(await one.say("1", in: "lobby"))
                let store = try await one.connection.keyValue(.test)
                let newer = Array(#"{"v":2}"#.utf8)
                try await store.put("c.lobby", newer)
                one.forget()
                #expect(await one.say("2", in: "lobby") == false)
                #expect(await one.turns("lobby") == ["1", "2"])
                #expect(try await store.get("c.lobby")?.value == newer)
            }
        }
    }

    @Test func theOldPluginsBucketIsNotTouched() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                let old = try await one.connection.keyValue(NATSKeyValueOptions(bucket: "llm_data"))
                var revisions: [String: UInt64] = [:]
                for key in ["conversation.lobby", "memory", "c.lobby"] {
                    revisions[key] = try await old.put(key, Array("{\"key\":\"\(key)\"}".utf8))
                }
                #expect(await one.turns("lobby").isEmpty)
                #expect(await one.say("1", in: "lobby"))
                #expect(await one.conversations.change("lobby", .reset(1)).isPersisted)
                let keys = try await old.keys()
                #expect(Set(keys) == Set(revisions.keys))
                for (key, revision) in revisions {
                    let entry = try #require(try await old.get(key))
                    #expect(entry.revision == revision)
                    #expect(entry.value == Array("{\"key\":\"\(key)\"}".utf8))
                }
            }
        }
    }
}
