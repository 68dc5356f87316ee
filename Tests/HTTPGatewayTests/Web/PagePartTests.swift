import BusProtocol
import Foundation
import Testing

@testable import WebChat

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

    @Test("With a key so many are signed in and no more; its oldest leaves first, nobody else, and all leave in time")
    func sessions() throws {
        var table = SessionTable()
        let start = ContinuousClock.now
        #expect(table.begin("somebody", key: 1, now: start).isEmpty)
        #expect(table.begin("word 0", key: 0, now: start).isEmpty)
        let first = try #require(table.session("word 0", now: start))
        for number in 1..<SessionTable.limit { #expect(table.begin("word \(number)", key: 0, now: start).isEmpty) }
        #expect(table.begin("one more", key: 0, now: start) == [first.number])
        #expect(table.count == SessionTable.limit + 1)
        #expect(table.session("word 0", now: start) == nil)
        let second = try #require(table.session("word 1", now: start))
        #expect(second.number != first.number)
        #expect(second.end == start + SessionTable.lifetime)
        #expect(table.session("somebody", now: start) != nil)
        #expect(table.session("word", now: start) == nil)
        #expect(table.session("", now: start) == nil)
        #expect(table.session("word 1", now: second.end) == nil)
        #expect(table.end("word 1") == second.number)
        #expect(table.end("word 1") == nil)
        #expect(table.begin("late", key: 0, now: second.end).count == SessionTable.limit)
        #expect(table.count == 1)
    }

    @Test("A room keeps so many bytes, but always the latest; each text has an end, between two characters")
    func room() throws {
        var room = Room(epoch: "e")
        let long = String(repeating: "é", count: 100_000)
        for number in 0..<10 {
            let bytes = room.ask(
                OverheardQuestion(channel: "c", id: "\(number)", name: long, text: long, isStreamed: true), at: 0)
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
        let payload = #"{"type":"llm_response","request_id":"r","content":"yes","username":"a"}"#
        guard case .response(let answer)? = LLMReply.decode(Array(payload.utf8)) else {
            return #expect(Bool(false), "no answer")
        }
        func question(_ id: String) -> OverheardQuestion {
            OverheardQuestion(channel: "c", id: id, name: "a", text: "?", isStreamed: true)
        }
        #expect(room.answer(answer, at: 0) != nil)
        #expect(room.ask(question("r"), at: 0) != nil)
        #expect(room.ask(question("r"), at: 0) == nil)
        #expect(room.answer(answer, at: 0) == nil)
        #expect(room.piece("late", of: "r") == nil)
        #expect(room.piece("of nobody", of: "x") == nil)
        #expect(room.fail(LLMFailure("no", code: "internal", requestID: "x"), at: 0) == nil)
        #expect(
            String(decoding: room.snapshot(since: nil), as: UTF8.self).hasSuffix(
                "data: {\"epoch\":\"e\",\"open\":[]}\n\n"))
        for number in 0..<100 {
            _ = room.ask(question("q\(number)"), at: 0)
            _ = room.piece("x", of: "q\(number)")
        }
        let partials = String(decoding: room.snapshot(since: nil), as: UTF8.self).components(
            separatedBy: "event: partial")
        #expect(partials.count - 1 == Room.maxOpen)
    }
}
