import BusProtocol
import Foundation
import JSON
import Testing

@testable import WebChat

@Suite("Gateway: the pages that are open")
struct RoomTableTests {
    @Test("Channels that nobody looks at are forgotten, the longest unseen first")
    func idleRooms() throws {
        var table = RoomTable(epoch: "e")
        for number in 0...RoomTable.maxIdleRooms {
            let visit = try table.join("c\(number)", since: nil, session: nil, status: Data())
            let said = table.change("c\(number)") {
                $0.ask(OverheardQuestion(channel: "c", id: nil, name: "a", text: "hello", isStreamed: false), at: 0)
            }
            #expect(said?.queues.count == 1)
            table.leave("c\(number)", visit.number)
            table.leave("c\(number)", visit.number)
        }
        #expect(table.browserCount == 0)
        let nobody = table.change("never") {
            $0.ask(OverheardQuestion(channel: "c", id: nil, name: "", text: "", isStreamed: false), at: 0)
        }
        #expect(nobody == nil)
        for (channel, isKept) in [("c0", false), ("c1", true), ("never", false)] {
            _ = try table.join(channel, since: nil, session: nil, status: Data())
            let told = table.change(channel) { $0.snapshot(since: nil) }?.bytes ?? Data()
            #expect(String(decoding: told, as: UTF8.self).contains("hello") == isKept)
        }
    }

    @Test("A channel that was forgotten counts anew, and a page that knew it before is told everything")
    func epochs() throws {
        var table = RoomTable(epoch: "e")
        var told: [String] = []
        for _ in 0..<2 {
            let visit = try table.join("c", since: "e-1.100", session: nil, status: Data())
            _ = table.change("c") {
                $0.ask(OverheardQuestion(channel: "c", id: nil, name: "a", text: "x", isStreamed: false), at: 0)
            }
            told.append(
                String(decoding: table.change("c") { $0.snapshot(since: "e-1.100") }?.bytes ?? Data(), as: UTF8.self))
            table.leave("c", visit.number)
            for number in 0..<RoomTable.maxIdleRooms {
                let other = try table.join("o\(number)", since: nil, session: nil, status: Data())
                table.leave("o\(number)", other.number)
            }
        }
        #expect(told[0].contains(#""epoch":"e-1""#) && !told[0].contains("said"))
        #expect(!told[1].contains(#""epoch":"e-1""#) && told[1].contains("said"))
    }

    @Test("There are so many pages and no more, and of one sign-in a share; those that close make room")
    func crowd() throws {
        var table = RoomTable(epoch: "e")
        func join(_ session: Int?) throws(RoomTable.Refusal) -> Int {
            try table.join("c", since: nil, session: session, status: Data()).number
        }
        var pages: [Int] = []
        for _ in 0..<RoomTable.maxBrowsersPerSession { pages.append(try join(1)) }
        #expect(throws: RoomTable.Refusal.hasShare) { _ = try join(1) }
        table.leave("c", pages.removeLast())
        pages.append(try join(1))
        #expect(throws: RoomTable.Refusal.hasShare) { _ = try join(1) }
        pages.append(try join(2))
        while pages.count < RoomTable.maxBrowsers { pages.append(try join(nil)) }
        for session in [nil, 1, 3] { #expect(throws: RoomTable.Refusal.isFull) { _ = try join(session) } }
        table.leave("c", pages[0])
        #expect(try join(1) > 0)
        #expect(table.browserCount == RoomTable.maxBrowsers)
    }

    @Test("What waits for all pages together has an end: the slowest are cut off, until the rest is bearable")
    func load() async throws {
        var table = RoomTable(epoch: "e", maxWaiting: 10_000)
        var queues: [EventQueue] = []
        for number in 0..<4 {
            queues.append(try table.join("c\(number)", since: nil, session: nil, status: Data()).queue)
        }
        // What several of them wait for is there once.
        table.put(Data(repeating: 1, count: 6000), to: queues)
        #expect(queues.allSatisfy { !$0.isOverrun && $0.count > 6000 })
        for queue in queues { while queue.count > 0 { _ = await queue.next() } }
        for (index, size) in [1000, 4000, 3000, 1500].enumerated() {
            table.put(Data(repeating: 1, count: size), to: [queues[index]])
        }
        #expect(queues.allSatisfy { !$0.isOverrun })
        table.put(Data(repeating: 1, count: 2000), to: [queues[0]])
        #expect(queues.map(\.isOverrun) == [false, true, false, false])
        #expect(await queues[1].next() == nil)
        table.put(Data(repeating: 1, count: 9000), to: [queues[3]])
        #expect(queues.map(\.isOverrun) == [false, true, false, true])
        #expect(await queues[0].next()?.count == 3000)
    }

    @Test("A queue gives what waits in pieces that are not too large, whole and in order")
    func pieces() async {
        let load = BrowserLoad()
        let queue = EventQueue(SharedBytes(Data("begin".utf8), load))
        var all = Data("begin".utf8)
        for number in 0..<100 {
            let bytes = Data(repeating: UInt8(number), count: number * 37)
            all += bytes
            queue.put(SharedBytes(bytes, load))
        }
        #expect(load.bytes == all.count)
        queue.close()
        var given = Data()
        while let piece = await queue.next() {
            #expect(piece.count <= EventQueue.maxPiece)
            given += piece
        }
        #expect(given == all)
        #expect(load.bytes == 0)
        let over = EventQueue(SharedBytes(Data("begin".utf8), load))
        over.end()
        #expect(await over.next() == nil)
        #expect(!over.isOverrun && load.bytes == 0)
    }

    @Test("The pages of a sign-in that is over are sent away, and nobody else's")
    func end() throws {
        var table = RoomTable(epoch: "e")
        let queues = try [1, 1, 2, nil].enumerated().map { index, session in
            try table.join("c\(index % 2)", since: nil, session: session, status: Data()).queue
        }
        table.end([1, 7])
        #expect(queues.map { $0.count > 0 } == [false, false, true, true])
    }
}
