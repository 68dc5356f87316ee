import Conversations
import CoreTestSupport
import JSON
import NATSClient
import ServiceRuntime
import TestSupport
import Testing

@testable import Persistence

@Suite("Conversations as logs of turns", .timeLimit(.minutes(2))) struct LogTests {
    /// What the stream of the logs says of itself, or a list of its consumers.
    private func ask(_ subject: String, _ instance: Instance) async throws -> [String: JSONValue] {
        let reply = try await instance.connection.request([], to: "$JS.API.\(subject)", timeout: .seconds(20))
        return try #require(JSONValue.parse(reply.payload)?.object)
    }

    @Test func aTurnIsWrittenOnceAndReadBack() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                let written = try one.connection.subscribe("$KV.test_turns.>")
                for number in 0..<150 { #expect(await one.say("\(number)", in: "#a", bounds: 100)) }
                let expected = (50..<150).map(String.init)
                #expect(await one.turns("#a") == expected)
                let before = await one.conversations.value("#a")
                one.forget()
                #expect(await one.conversations.value("#a") == before)
                try await withInstance(of: server.url) { other in
                    #expect(await other.turns("#a") == expected)
                    #expect(await other.conversations.value("#a").departed == 100)
                    #expect(await other.say("150", in: "#a", bounds: 100))
                }
                // However many turns there are, one weighs what it weighs.
                var sizes: [Int] = []
                for await message in written {
                    #expect(message.subject == "$KV.test_turns.c.=23a")
                    sizes.append(message.payload.count)
                    if sizes.count == 151 { break }
                }
                #expect(sizes.allSatisfy { $0 < 250 }, "\(sizes.max() ?? 0) bytes")
                // No consumer stays, and of the record nothing was ever written.
                try await eventually {
                    try await ask("CONSUMER.NAMES.KV_test_turns", one)["total"] == .integer(0)
                }
                #expect(try await one.connection.keyValue(.test).keys().isEmpty)
            }
        }
    }

    @Test func whatIsReadIsBoundedByWhatIsKept() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                for number in 0..<60 { #expect(await one.say("\(number)", in: "c", bounds: 5)) }
                let store = try await StateStore(on: one.connection, .patient, entries: 100)
                let stored = try await store.get("c.c", log: Record<Conversation>.logStart)
                #expect((5...10).contains(stored.log.entries.count))
                #expect(try await one.storedTurns("c") == (55..<60).map(String.init))
            }
        }
    }

    @Test func twoWritersRace() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                try await withInstance(of: server.url) { other in
                    let kept = await withTaskGroup(of: Bool.self) { group in
                        for turn in 0..<60 {
                            group.addTask { await (turn % 2 == 0 ? one : other).say("\(turn)", in: "c") }
                        }
                        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                    }
                    #expect(kept == 60)
                    let stored = try #require(try await one.storedTurns("c"))
                    #expect(stored.count == 60 && Set(stored).count == 60)
                    for instance in [one, other] {
                        instance.forget()
                        #expect(await instance.turns("c") == stored)
                    }
                }
            }
        }
    }

    @Test func answersGivenAnewAndResetsAreReadBack() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                func change(_ change: ConversationChange) async {
                    #expect(await one.conversations.change("c", change).isPersisted)
                }
                func turn(_ id: String) -> Turn {
                    Turn(id: id, time: Timestamp(milliseconds: 1), speaker: nil, question: "q", answer: "a")
                }
                let bounds = ConversationBounds(turns: 10)
                for id in ["1", "2"] { await change(.add(turn(id), replacing: nil, epoch: 0, bounds: bounds)) }
                for id in ["3", "4", "5"] {
                    let last = await one.turns("c").last
                    await change(.add(turn(id), replacing: last, epoch: 0, bounds: bounds))
                    #expect(try await one.storedTurns("c") == ["1", id])
                }
                // The same turn again.
                await change(.add(turn("5"), replacing: nil, epoch: 0, bounds: bounds))
                #expect(try await one.storedTurns("c") == ["1", "5"])
                await change(.choosePersona("concise"))
                await change(.reset(7))
                #expect(try await one.storedTurns("c") == [])
                await change(.add(turn("6"), replacing: nil, epoch: 7, bounds: bounds))
                let stored = try #require(try await one.stored("c"))
                #expect(stored.turns.map(\.id) == ["6"] && stored.persona == "concise" && stored.epoch == 7)
                one.forget()
                #expect(await one.conversations.value("c") == stored)
            }
        }
    }

    // MARK: an earlier version of the program

    /// Makes a change as the version before logs does: it reads and writes the record alone, turns and all.
    private func changeRecord(
        _ channel: String, _ instance: Instance, _ change: (inout Conversation) -> Void
    ) async throws {
        let store = try await instance.connection.keyValue(.patient)
        let key = RecordKey.encode(channel, prefix: "c")
        let entry = try await store.get(key)
        var value = try Record<Conversation>.read(entry?.value).value
        change(&value)
        value.foldLog()
        let bytes = Record.bytes(value, name: channel, writer: "old")
        if let entry {
            try await store.update(key, bytes, revision: entry.revision)
        } else {
            try await store.create(key, bytes)
        }
    }

    private func oldTurn(_ id: String, at time: Int64) -> ConversationChange {
        let turn = Turn(id: id, time: Timestamp(milliseconds: time), speaker: "bob", question: "q", answer: "a")
        return .add(turn, replacing: nil, epoch: 0, bounds: ConversationBounds(turns: 100))
    }

    @Test func whatItLeftIsTakenOver() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                try await changeRecord("c", one) { conversation in
                    for number in 0..<3 { _ = conversation.apply(oldTurn("old \(number)", at: Int64(number))) }
                    _ = conversation.apply(.choosePersona("concise"))
                }
                #expect(await one.turns("c") == ["old 0", "old 1", "old 2"])
                #expect(await one.conversations.value("c").persona == "concise")
                #expect(await one.say("1", in: "c"))
                #expect(try await one.storedTurns("c") == ["old 0", "old 1", "old 2", "1"])
                #expect(await one.conversations.change("c", .choosePersona("technical")).isPersisted)
                one.forget()
                #expect(await one.turns("c") == ["old 0", "old 1", "old 2", "1"])
            }
        }
    }

    /// A rolling upgrade: neither destroys what the other writes.
    @Test func itGoesOnBesideThisOne() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                #expect(await one.say("1", in: "c"))
                #expect(await one.conversations.change("c", .choosePersona("concise")).isPersisted)
                try await changeRecord("c", one) { conversation in
                    #expect(conversation.persona == "concise" && conversation.turns.isEmpty)
                    _ = conversation.apply(oldTurn("theirs", at: 1_800_000_000_000))
                }
                // Not looked at anew yet: the record's revision tells, and nothing is lost.
                #expect(await one.say("2", in: "c"))
                #expect(await one.conversations.change("c", .chooseModel("m")).isPersisted)
                #expect(await one.turns("c") == ["1", "2", "theirs"])
                #expect(try await one.storedTurns("c") == ["1", "2", "theirs"])
                try await changeRecord("c", one) { conversation in
                    #expect(conversation.turns.map(\.id) == ["theirs"] && conversation.model == "m")
                    _ = conversation.apply(.reset(1_900_000_000_000))
                }
                one.forget()
                #expect(await one.turns("c").isEmpty)
                #expect(await one.conversations.value("c").persona == "concise")
            }
        }
    }

    // MARK: backups

    @Test func aBackupHasAllOfIt() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstance(of: server.url) { one in
                for number in 0..<5 { #expect(await one.say("\(number)", in: "#a")) }
                #expect(await one.conversations.change("#a", .choosePersona("concise")).isPersisted)
                #expect(await one.say("alone", in: "b"))
                #expect(await one.conversations.change("record only", .choosePersona("concise")).isPersisted)
                let backup = Backup(try await StateStore(on: one.connection, .patient, entries: 100))
                var lines: [[UInt8]] = []
                let count = try await backup.export { lines.append($0) }
                #expect(count.written == ["conversation": 3] && count.skipped == 0)
                let before = await one.conversations.value("#a")

                #expect(try await backup.wipe(channel: "#a") == 1)
                #expect(try await backup.wipe(channel: "#a") == 0)
                try await eventually { await one.turns("#a").isEmpty }
                #expect(await one.say("new", in: "#a"))

                var restored = Backup.Count()
                for line in lines {
                    try await backup.restore(Backup.Line(line), writer: "import", into: &restored)
                }
                #expect(restored.written == ["conversation": 1] && restored.unchanged == 2)
                try await eventually { await one.turns("#a").count == 6 }
                let after = await one.conversations.value("#a")
                #expect(after.persona == before.persona)
                #expect(Set(after.turns.map(\.id)) == Set(before.turns.map(\.id) + ["new"]))
                #expect(try await one.stored("#a") == after)
            }
        }
    }
}
