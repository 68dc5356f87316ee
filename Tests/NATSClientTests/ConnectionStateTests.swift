import Testing

@testable import NATSClient

@Suite struct ConnectionStateTests {
    private typealias State = ConnectionState<String>

    @Test func opensAndCloses() {
        var state = State()
        #expect(state.beginConnecting() == 1)
        #expect(state.beginConnecting() == nil)
        #expect(state.connected("one", number: 1) == .open)
        #expect(state.link == "one")
        guard case .close("one") = state.beginClosing() else { return #expect(Bool(false), "closes the link") as Void }
        #expect(state.isClosing)
        #expect(state.link == nil)
        #expect(state.lost(number: 1) == .expected)
        let again = state.beginClosing()
        #expect("\(again)" == "wait")
    }

    @Test func anotherLinkFollowsALoss() {
        var state = State()
        _ = state.beginConnecting()
        _ = state.connected("one", number: 1)
        #expect(state.lost(number: 1) == .retry)
        #expect(state.lost(number: 1) == .expected)
        #expect(state.link == nil && !state.isClosing)
        #expect(state.beginConnecting() == 2)
        #expect(state.lost(number: 1) == .expected)
        #expect(state.connected("two", number: 2) == .open)
        #expect(state.link == "two")
    }

    @Test func aLossBeforeTheLinkIsKnown() {
        var state = State()
        _ = state.beginConnecting()
        #expect(state.lost(number: 1) == .retry)
        #expect(state.connected("one", number: 1) == .lost)
        #expect(state.beginConnecting() == 2)
    }

    @Test func closingWhileConnecting() {
        var state = State()
        _ = state.beginConnecting()
        #expect("\(state.beginClosing())" == "close(nil)")
        #expect(state.connected("one", number: 1) == .closing)
        #expect(state.beginConnecting() == nil)
    }
}
