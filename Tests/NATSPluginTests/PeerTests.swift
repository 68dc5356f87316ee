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
}
