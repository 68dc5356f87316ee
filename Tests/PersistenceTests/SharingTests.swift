import Conversations
import CoreTestSupport
import NATSClient
import Persistence
import ServiceRuntime
import TestSupport
import Testing

@Suite("Instances that share a bucket", .timeLimit(.minutes(2))) struct SharingTests {
    @Test func aThousandTurnsOfTwoInstances() async throws {
        try await withNATSServer(jetStream: true) { server in
            let url = server.url
            try await withInstance(of: url) { one in
                try await withInstance(of: url) { other in
                    let instances = [one, other]
                    let kept = await withTaskGroup(of: Bool.self) { group in
                        for turn in 0..<1000 {
                            group.addTask { await instances[turn % 2].say("t\(turn)", in: "#channel \(turn / 2 % 20)") }
                        }
                        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                    }
                    #expect(kept == 1000)
                    for channel in 0..<20 {
                        let expected = Set((0..<1000).filter { $0 / 2 % 20 == channel }.map { "t\($0)" })
                        let stored = try #require(try await one.storedTurns("#channel \(channel)"))
                        #expect(stored.count == expected.count)
                        #expect(Set(stored) == expected)
                        for instance in instances {
                            instance.forget()
                            #expect(await instance.turns("#channel \(channel)") == stored)
                        }
                    }
                    #expect(one.conversations.load.dirty == 0)
                    #expect(instances.map(\.story.words) == [["available"], ["available"]])
                }
            }
        }
    }

    @Test func oneSeesWhatTheOtherDidOnceItForgets() async throws {
        try await withNATSServer(jetStream: true) { server in
            let url = server.url
            try await withInstance(of: url) { one in
                try await withInstance(of: url) { other in
                    // Both know that there is nothing.
                    #expect(await one.conversations.value("c") == Conversation())
                    #expect(await other.conversations.value("c") == Conversation())
                    #expect(await one.conversations.change("c", .choosePersona("concise")).isPersisted)
                    #expect(await other.conversations.value("c").persona == nil)
                    other.forget()
                    #expect(await other.conversations.value("c").persona == "concise")
                    #expect(await other.say("1", in: "c"))
                    one.forget()
                    #expect(await one.turns("c") == ["1"])
                    let reset = await one.conversations.change("c", .reset(5))
                    #expect(reset.outcome == 2 && reset.isPersisted)
                    other.forget()
                    #expect(await other.turns("c").isEmpty)
                    #expect(await other.conversations.value("c").persona == "concise")
                    // What was asked before the reset does not come back after it.
                    #expect(await other.say("2", in: "c"))
                    #expect(await other.turns("c").isEmpty)
                }
            }
        }
    }

    @Test func whatIsKnownIsNotReadAgain() async throws {
        try await withNATSServer(jetStream: true) { server in
            let url = server.url
            try await withInstance(of: url) { one in
                try await withInstance(of: url) { other in
                    try await one.opens()
                    #expect(await other.say("1", in: "c"))
                    #expect(await one.turns("c") == ["1"])
                    let requests = try one.connection.subscribe("$JS.API.STREAM.MSG.GET.KV_test")
                    try await one.connection.flush(timeout: .seconds(20))
                    for _ in 0..<100 { #expect(await one.turns("c") == ["1"]) }
                    #expect(await one.say("2", in: "c"))
                    #expect(await one.turns("c") == ["1", "2"])
                    // The next question of all is this one's.
                    #expect(await one.turns("d").isEmpty)
                    var iterator = requests.makeAsyncIterator()
                    let first = await iterator.next()
                    #expect(first.map { String(decoding: $0.payload, as: UTF8.self).contains("$KV.test.c.d") } == true)
                }
            }
        }
    }

    @Test func whatIsDeletedIsGone() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                #expect(await one.say("1", in: "#a"))
                try await one.connection.keyValue(.testTurns).purge("c.=23a")
                one.forget()
                #expect(await one.turns("#a").isEmpty)
                #expect(await one.say("2", in: "#a"))
                #expect(try await one.storedTurns("#a") == ["2"])
            }
        }
    }

    @Test func namesOfAllKindsComeBack() async throws {
        let names = [
            "#chan", "a:b", "a b", "*", "a.b", "a/b", "größe", "👩‍👩‍👧‍👦", "", "é", "e\u{301}",
            String(repeating: "ß", count: 128),
        ]
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                for (number, name) in names.enumerated() { #expect(await one.say("\(number)", in: name)) }
            }
            try await withInstance(of: server.url) { one in
                for (number, name) in names.enumerated() { #expect(await one.turns(name) == ["\(number)"]) }
                let keys = try await one.connection.keyValue(.testTurns).keys()
                #expect(keys.count == names.count)
            }
        }
    }
}
