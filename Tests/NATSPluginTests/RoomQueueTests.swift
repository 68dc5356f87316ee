import BusProtocol
import CoreTestSupport
import Testing

@testable import NATSPlugin

@Suite("What waits to be said in the rooms")
struct RoomQueueTests {
    private func event(_ text: String, in channel: String = "a", to user: String = "alice") throws -> RoomEvent {
        let data = #"{"username":"\#(user)","message":"!chat x","channel":"\#(channel)"}"#
        let line = try #require(RoomLine(object(#"{"data":\#(data)}"#), on: Subjects.roomMessage, BridgeSettings()))
        return RoomEvent(text: text, line: line)
    }

    private func rest(of queue: RoomQueue) -> [String] {
        var queue = queue
        var texts: [String] = []
        while let event = queue.popFirst() { texts.append(event.text) }
        return texts
    }

    @Test("is said in turn, a line of each channel; what answers a command first in its channel")
    func turns() throws {
        var queue = RoomQueue()
        func add(_ event: RoomEvent, _ kind: RoomQueue.Kind) -> Bool { queue.add(event, kind) }
        for text in ["a1", "a2", "a3"] { #expect(try add(event(text), .answer)) }
        for text in ["b1", "b2"] { #expect(try add(event(text, in: "b"), .answer)) }
        for text in ["a4", "a5"] { #expect(try add(event(text), .notice)) }
        #expect(try add(event("c1", in: "c"), .failure))
        #expect(queue.count == 8)
        #expect(rest(of: queue) == ["a4", "b1", "c1", "a5", "b2", "a1", "a2", "a3"])
    }

    @Test("is dropped for a channel, or for a user in it")
    func drop() throws {
        var queue = RoomQueue()
        func add(_ event: RoomEvent, _ kind: RoomQueue.Kind) -> Bool { queue.add(event, kind) }
        for (text, channel, user) in [
            ("1", "a", "alice"), ("2", "a", "bob"), ("3", "b", "alice"), ("4", "a", "alice"), ("5", "a", "bob"),
        ] { #expect(try add(event(text, in: channel, to: user), .answer)) }
        queue.drop("a", of: "alice")
        #expect(queue.count == 3)
        #expect(rest(of: queue) == ["2", "3", "5"])
        queue.drop("a")
        queue.drop("nowhere")
        #expect(rest(of: queue) == ["3"])
        #expect(try add(event("6"), .notice))
        queue.drop("b")
        #expect(queue.count == 1)
        #expect(rest(of: queue) == ["6"])
    }

    @Test(
        "is of a bounded length in a channel and in all, and the last quarter is for answers",
        arguments: [
            RoomQueue.Kind.failure, .notice,
        ])
    func bounds(kind: RoomQueue.Kind) throws {
        var queue = RoomQueue()
        func add(_ count: Int, _ kind: RoomQueue.Kind, _ channel: String) throws -> Int {
            let event = try event("x", in: channel)
            return (0..<count).count { _ in queue.add(event, kind) }
        }
        #expect(try add(200, kind, "a") == 75)
        #expect(try add(200, .answer, "a") == 25)
        #expect(try add(60, kind, "b") == 50)
        #expect(try add(1, kind, "c") == 0)
        #expect(try add(200, .answer, "c") == 50)
        #expect(try add(1, .answer, "d") == 0)
        #expect(queue.count == 200)
        #expect(rest(of: queue).count == 200)
    }

    @Test("has an error of a kind once in a channel, for a while")
    func errors() {
        let time = ManualTime()
        var errors = RoomErrors()
        func admit(_ code: String, _ channel: String) -> Bool { errors.admit(code, in: channel, now: time.now) }
        #expect(admit("busy", "a"))
        #expect(!admit("busy", "a"))
        #expect(admit("busy", "b"))
        #expect(admit("timeout", "a"))
        time.advance(by: .seconds(29))
        #expect(!admit("busy", "a"))
        time.advance(by: .seconds(1))
        #expect(admit("busy", "a"))
    }
}
