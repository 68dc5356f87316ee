@testable import HTTPServing
import Testing

@Suite struct ReceivingSocketsTests {
    @Test func eachHasItsTime() {
        let start = ContinuousClock.now
        var sockets = ReceivingSockets(limit: .seconds(10))
        #expect(sockets.isEmpty)
        sockets.expect(on: 5, now: start)
        sockets.expect(on: 6, now: start + .seconds(2))
        sockets.expect(on: 7, now: start)
        sockets.remove(7)
        #expect(sockets.takeDue(now: start + .seconds(9)).isEmpty)
        // The head is there: its body has as long again.
        sockets.expect(on: 5, now: start + .seconds(9))
        #expect(sockets.takeDue(now: start + .seconds(12)) == [6])
        #expect(sockets.takeDue(now: start + .seconds(18)).isEmpty)
        #expect(sockets.takeDue(now: start + .seconds(19)) == [5])
        #expect(sockets.isEmpty)
    }
}
