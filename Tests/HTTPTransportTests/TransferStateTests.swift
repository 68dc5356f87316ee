import Concurrency
import Foundation
import Testing

@testable import HTTPTransport

@Suite struct TransferLifeTests {
    @Test func ordinary() {
        var life = TransferLife<String>()
        #expect(life.submit("caller") == true)
        #expect(life.begin(slot: 3) == true)
        #expect(life.slot == 3)
        let ending = life.end()
        #expect(ending?.slot == 3)
        #expect(ending?.waiter == "caller")
        #expect(life.end() == nil, "once only")
        #expect(life.cancel() == .nothing)
        #expect(life.slot == nil)
    }

    @Test("Cancelled before the caller waits: it is not submitted")
    func cancelledEarly() {
        var life = TransferLife<String>()
        #expect(life.cancel() == .nothing)
        #expect(life.submit("caller") == false)
        #expect(life.end() == nil)
    }

    @Test("Cancelled before the loop has it: the cancel ends it, and the loop does not begin")
    func cancelOvertakesAdd() {
        var life = TransferLife<String>()
        #expect(life.submit("caller") == true)
        #expect(life.cancel() == .tellLoop)
        let ending = life.end()
        #expect(ending?.slot == nil)
        #expect(ending?.waiter == "caller")
        #expect(life.begin(slot: 0) == false)
    }

    @Test("With a streamed answer the waiter goes with the head, and only the slot is left to end")
    func streamed() {
        var life = TransferLife<String>()
        #expect(life.submit("caller") == true)
        #expect(life.takeWaiter() == nil, "not before it is in the loop")
        #expect(life.begin(slot: 1) == true)
        #expect(life.takeWaiter() == "caller")
        #expect(life.takeWaiter() == nil)
        #expect(life.cancel() == .tellLoop)
        let ending = life.end()
        #expect(ending?.slot == 1)
        #expect(ending?.waiter == nil)
    }
}

@Suite struct ResponseHeadTests {
    private func feed(_ lines: [String]) -> (ResponseHead, [ResponseHead.Verdict]) {
        var head = ResponseHead()
        let verdicts = lines.map { line in
            let bytes = Array(line.utf8)
            return head.append(bytes.span)
        }
        return (head, verdicts)
    }

    @Test func interimAndTrailers() {
        let (head, verdicts) = feed([
            "HTTP/1.1 100 Continue\r\n", "A: 1\r\n", "\r\n", "HTTP/2 418 \r\n", "B: 2\r\n", "\r\n", "C: 3\r\n",
        ])
        #expect(verdicts == [.more, .more, .more, .more, .more, .complete, .more])
        #expect(head.status == 418)
        #expect(head.isComplete)
        #expect(String(decoding: head.lines, as: UTF8.self) == "B: 2\r\n")
    }

    @Test(
        arguments: [
            "HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 20", "HTTP/1.1 099 X\r\n", "HTTP/",
        ])
    func malformed(line: String) {
        #expect(feed([line]).1 == [.malformed])
    }

    @Test("The bound counts every line of every head")
    func bound() {
        let line = "X: " + String(repeating: "a", count: 1019) + "\r\n"  // 1 KiB
        let (_, verdicts) = feed(Array(repeating: line, count: 65))
        #expect(verdicts == Array(repeating: .more, count: 64) + [.tooLarge])
    }

    @Test func headerLines() {
        let headers = HTTPHeaders(
            lines: Array("A: 1\r\nb:2\r\nno colon\r\nC:  x : y \t\r\n folded\r\nD:\r\nA: last\n".utf8))
        #expect(headers.fields.map(\.name) == ["A", "b", "C", "D", "A"])
        #expect(headers.fields.map(\.value) == ["1", "2", "x : y folded", "", "last"])
        #expect(headers["a"] == "last")
        #expect(headers["B"] == "2")
        #expect(headers["E"] == nil)
        #expect(HTTPHeaders(lines: []).fields.isEmpty)
        #expect(HTTPHeaders(lines: Array(" folded first\r\n".utf8)).fields.isEmpty)
    }
}

@Suite struct WatchTableTests {
    @Test("A kept connection stays watched, and its next request costs nothing")
    func kept() {
        var table = WatchTable()
        table.opened(5)
        #expect(table.want(5, .writable) == .watch)
        #expect(table.want(5, .readable) == .watch)
        #expect(table.unwant(5) == .nothing)
        #expect(table.want(5, .readable) == .nothing)
        #expect(table.ready(5) == .nothing, "wanted")
        #expect(table.unwant(5) == .nothing)
        #expect(table.ready(5) == .remove, "closed by the server while nobody uses it")
        #expect(table.want(5, .readable) == .watch)
    }

    @Test("A closed descriptor's number may come again")
    func reused() {
        var table = WatchTable()
        table.opened(5)
        #expect(table.want(5, .readable) == .watch)
        #expect(table.closing(5) == .remove)
        #expect(table.closing(5) == .nothing)
        table.opened(5)
        #expect(table.want(5, .readable) == .watch)
    }

    @Test("Descriptors of others are let go at once, and so is waiting to write")
    func foreign() {
        var table = WatchTable()
        #expect(table.want(9, .readable) == .watch)
        #expect(table.unwant(9) == .remove)
        #expect(table.unwant(9) == .nothing)
        table.opened(5)
        #expect(table.want(5, [.readable, .writable]) == .watch)
        #expect(table.unwant(5) == .remove)
    }
}

@Suite struct LoopbackTests {
    @Test(
        arguments: [
            ("http://localhost/", true), ("http://LOCALHOST:11434/x", true), ("https://a.localhost", true),
            ("http://127.0.0.1:1", true), ("http://127.9.9.9?x", true), ("http://[::1]:80/", true),
            ("http://u:p@127.0.0.1/", true), ("http://127.0.0.1@example.com/", false), ("http://localhost.com/", false),
            ("http://128.0.0.1/", false), ("http://127.0.0.1.example.com/", false), ("http://[::2]/", false),
            ("https://api.openai.com/v1", false), ("http://127.0.0.256/", false),
        ])
    func hosts(url: String, isLoopback: Bool) {
        #expect(HTTPRequest.isLoopback(url) == isLoopback)
    }
}
