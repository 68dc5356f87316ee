import FoundationEssentials
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite("Instances that know of each other")
struct PeerTests {
    private let start = ContinuousClock.now

    @Test("are believed to be there for a while, and not when they say that they go")
    func book() {
        var book = PeerBook()
        #expect(book.names(now: start).count == 0)
        book.heard("a", now: start)
        book.heard("a", now: start, isBridge: true)
        book.heard("b", now: start + .seconds(9), isBridge: false)
        #expect(book.names(now: start + .seconds(12)).count == 2)
        #expect(book.bridges(now: start + .seconds(12)) == ["a"])
        book.heard("b", now: start + .seconds(12), isBridge: true)
        #expect(book.names(now: start + .seconds(13)) == ["b"])
        #expect(book.bridges(now: start + .seconds(13)) == ["b"])
        book.left("b")
        book.left("nobody")
        #expect(book.names(now: start + .seconds(13)).count == 0)
    }

    @Test("are not counted without end")
    func bound() {
        var book = PeerBook()
        for number in 0..<1000 { book.heard("\(number)", now: start) }
        #expect(book.names(now: start).count == PeerBook.limit)
        // Who is known stays known.
        book.heard("0", now: start + .seconds(10))
        #expect(book.names(now: start + .seconds(20)).count == 1)
    }

    @Test(
        "understand each other",
        arguments: [
            .hello(isBridge: true), .here(isBridge: false), .gone, .stop(.request("r \"1\"")), .stop(.channel("c")),
            .stop(.user("u", channel: "")),
        ] as [PeerMessage])
    func roundTrip(message: PeerMessage) throws {
        let (read, sender) = try #require(PeerMessage.read(Data(message.bytes(from: "one"))))
        #expect(read == message)
        #expect(sender == "one")
    }

    @Test(
        "take nothing else for a message",
        arguments: [
            "", "[]", "{}", #"{"type":"hello"}"#, #"{"type":"hello","instance":""}"#,
            #"{"type":"dance","instance":"a"}"#,
            #"{"type":"stop","instance":"a"}"#, #"{"type":"stop","instance":"a","username":"u"}"#,
            #"{"type":"hello","instance":7}"#,
        ])
    func garbage(text: String) {
        #expect(PeerMessage.read(Data(text.utf8)) == nil)
        #expect(
            PeerMessage.read(Data(#"{"type":"hello","instance":"\#(String(repeating: "a", count: 65))"}"#.utf8)) == nil)
    }
}
