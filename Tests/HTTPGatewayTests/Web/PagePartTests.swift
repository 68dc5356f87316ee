import Foundation
import JSON
import Testing

@testable import HTTPGateway

@Suite("Gateway: the page's parts")
struct PagePartTests {
    @Test(
        "What is a command and what is said",
        arguments: [
            ("hello", .turn("hello")), ("!chat", .command("")), ("!chat  persona  x", .command("persona  x")),
            ("!CHAT reset", .command("reset")), ("/reset", .command("reset")), ("  /Reset ", .command("Reset ")),
            ("/persona x", .command("persona x")), ("/chat x", .turn("/chat x")), ("/", .turn("/")),
            ("//reset", .turn("//reset")), ("!chatter", .turn("!chatter")), ("reset", .turn("reset")),
            ("/reset\nnow", .command("reset\nnow")),
        ] as [(String, TypedLine)])
    func lines(text: String, line: TypedLine) {
        #expect(TypedLine(text) == line)
    }

    @Test("So many are signed in and no more; the oldest leaves first, and all leave in time")
    func sessions() {
        var table = SessionTable()
        let start = ContinuousClock.now
        for number in 0...SessionTable.limit { table.begin("word \(number)", now: start) }
        #expect(table.count == SessionTable.limit)
        #expect(!table.holds("word 0", now: start))
        #expect(table.holds("word 1", now: start))
        #expect(!table.holds("word", now: start))
        #expect(!table.holds("", now: start))
        #expect(!table.holds("word 1", now: start + SessionTable.lifetime))
        table.begin("late", now: start + SessionTable.lifetime)
        #expect(table.count == 1)
    }

    @Test("A room keeps so many bytes, but always the latest; each text has an end, between two characters")
    func room() throws {
        var room = Room(epoch: "e")
        let long = String(repeating: "é", count: 100_000)
        for number in 0..<10 {
            let bytes = room.ask(Question(id: "\(number)", name: long, text: long, isStreamed: true), at: 0)
            #expect(try #require(bytes).count < Room.maxTextBytes + 1024)
        }
        #expect(room.snapshot(since: nil).count < Room.maxBytes + 4096)
        #expect(String(decoding: room.snapshot(since: nil), as: UTF8.self).contains(#""id":"9""#))
        #expect("aé".cut(to: 2) == "a …")
        #expect("e\u{301}x".cut(to: 3) == "e\u{301} …")
    }

    @Test("An answer that overtakes its question is shown once, with it; what waits has an end")
    func overtaking() {
        var room = Room(epoch: "e")
        let answer: [String: JSONValue] = [
            "request_id": .string("r"), "content": .string("yes"), "username": .string("a"),
        ]
        #expect(room.answer(answer, at: 0) != nil)
        #expect(room.ask(Question(id: "r", name: "a", text: "?", isStreamed: true), at: 0) != nil)
        #expect(room.ask(Question(id: "r", name: "a", text: "?", isStreamed: true), at: 0) == nil)
        #expect(room.answer(answer, at: 0) == nil)
        #expect(room.piece("late", of: "r") == nil)
        #expect(room.piece("of nobody", of: "x") == nil)
        #expect(room.fail(["request_id": .string("x")], at: 0) == nil)
        #expect(String(decoding: room.snapshot(since: nil), as: UTF8.self).hasSuffix("data: {\"open\":[]}\n\n"))
        for number in 0..<100 {
            _ = room.ask(Question(id: "q\(number)", name: "a", text: "?", isStreamed: true), at: 0)
            _ = room.piece("x", of: "q\(number)")
        }
        let partials = String(decoding: room.snapshot(since: nil), as: UTF8.self).components(
            separatedBy: "event: partial")
        #expect(partials.count - 1 == Room.maxOpen)
    }

    @Test("Channels that nobody looks at are forgotten, the longest unseen first")
    func idleRooms() throws {
        var table = RoomTable(epoch: "e")
        for number in 0...RoomTable.maxIdleRooms {
            let joined = table.join("c\(number)", since: nil, status: Data())
            let visit = try #require(joined)
            let said = table.change("c\(number)") {
                $0.ask(Question(id: nil, name: "a", text: "hello", isStreamed: false), at: 0)
            }
            #expect(said?.queues.count == 1)
            table.leave("c\(number)", visit.number)
            table.leave("c\(number)", visit.number)
        }
        #expect(table.browserCount == 0)
        let nobody = table.change("never") {
            $0.ask(Question(id: nil, name: "", text: "", isStreamed: false), at: 0)
        }
        #expect(nobody == nil)
        for (channel, isKept) in [("c0", false), ("c1", true), ("never", false)] {
            let joined = table.join(channel, since: nil, status: Data())
            #expect(joined != nil)
            let told = table.change(channel) { $0.snapshot(since: nil) }?.bytes ?? Data()
            #expect(String(decoding: told, as: UTF8.self).contains("hello") == isKept)
        }
    }
}
