import BusProtocol
import CoreTestSupport
import Testing

@testable import NATSPlugin

@Suite("Requests that come twice")
struct RecentRequestsTests {
    private let start = ContinuousClock.now

    private func context(_ reply: String? = nil) -> RecentRequests.Waiting {
        RecentRequests.Waiting(reply: ReplyContext(requestID: "", replySubject: reply))
    }

    private func isRun(_ verdict: RecentRequests.Verdict) -> Bool { if case .run = verdict { true } else { false } }
    private func isJoined(_ verdict: RecentRequests.Verdict) -> Bool {
        if case .joined = verdict { true } else { false }
    }

    /// The bytes that were sent before; empty where they are no longer kept; nil where it was not answered.
    private func answer(_ verdict: RecentRequests.Verdict) -> [UInt8]? {
        if case .answered(let sent) = verdict { sent?.bytes ?? [] } else { nil }
    }

    @Test("run once, and the second gets the first one's answer")
    func twice() {
        var recent = RecentRequests()
        #expect(isRun(recent.admit("a", context(), now: start)))
        #expect(isRun(recent.admit("b", context(), now: start)))
        #expect(isJoined(recent.admit("a", context("one"), now: start)))
        #expect(isJoined(recent.admit("a", context("two"), now: start)))
        let others = recent.finish("a", Sent(bytes: [1, 2]), again: false, now: start)
        #expect(others.map(\.reply.replySubject) == ["one", "two"])
        #expect(answer(recent.admit("a", context(), now: start)) == [1, 2])
        #expect(isJoined(recent.admit("b", context(), now: start)))
    }

    @Test("and are handed over again, while what was handed over before is left to others, are run after all")
    func handedAgain() {
        var recent = RecentRequests()
        let runs = Recorder<String>()
        #expect(isRun(recent.admit("a", context(), now: start)))
        var again = context("one")
        again.run = { runs.append("again") }
        #expect(isJoined(recent.admit("a", again, now: start)))
        for other in recent.finish("a", Sent(bytes: []), again: true, now: start) { other.run?() }
        #expect(runs.all == ["again"])
        #expect(isRun(recent.admit("a", again, now: start)))
    }

    @Test("run again after two minutes, counted from the answer")
    func expiry() {
        var recent = RecentRequests()
        _ = recent.admit("a", context(), now: start)
        #expect(isJoined(recent.admit("a", context(), now: start + .seconds(3600))))
        let answered = start + .seconds(3600)
        _ = recent.finish("a", Sent(bytes: [1]), again: false, now: answered)
        #expect(answer(recent.admit("a", context(), now: answered + .seconds(119))) == [1])
        #expect(isRun(recent.admit("a", context(), now: answered + .seconds(120))))
    }

    @Test("run again where the first failed in a way that may pass; who waited hears of it")
    func again() {
        var recent = RecentRequests()
        _ = recent.admit("a", context(), now: start)
        _ = recent.admit("a", context("other"), now: start)
        let others = recent.finish("a", Sent(bytes: [1]), again: true, now: start)
        #expect(others.map(\.reply.replySubject) == ["other"])
        #expect(isRun(recent.admit("a", context(), now: start)))
    }

    @Test("are finished once, and not at all where they never came")
    func finishOnce() {
        var recent = RecentRequests()
        _ = recent.admit("a", context(), now: start)
        _ = recent.finish("a", Sent(bytes: [1]), again: false, now: start)
        #expect(recent.finish("a", Sent(bytes: [2]), again: false, now: start).isEmpty)
        #expect(recent.finish("never", Sent(bytes: [3]), again: false, now: start).isEmpty)
        #expect(answer(recent.admit("a", context(), now: start)) == [1])
        #expect(isRun(recent.admit("never", context(), now: start)))
    }

    @Test("are known by so many ids; the oldest leave first")
    func idBound() {
        var recent = RecentRequests(maxIDs: 2)
        for id in ["a", "b", "c"] {
            _ = recent.admit(id, context(), now: start)
            _ = recent.finish(id, Sent(bytes: [1]), again: false, now: start)
        }
        #expect(isRun(recent.admit("a", context(), now: start)))
        #expect(answer(recent.admit("b", context(), now: start)) == [1])
        #expect(answer(recent.admit("c", context(), now: start)) == [1])
    }

    @Test("keep so many bytes of answers; an answer leaves before its id")
    func byteBound() {
        var recent = RecentRequests(maxBytes: 10)
        for (id, size) in [("a", 4), ("b", 4), ("c", 4)] {
            _ = recent.admit(id, context(), now: start)
            _ = recent.finish(
                id, Sent(bytes: Array(repeating: 1, count: size)), again: false, now: start)
        }
        #expect(answer(recent.admit("a", context(), now: start)) == [])
        #expect(answer(recent.admit("b", context(), now: start))?.count == 4)
        _ = recent.admit("huge", context(), now: start)
        _ = recent.finish("huge", Sent(bytes: Array(repeating: 1, count: 11)), again: false, now: start)
        for id in ["a", "b", "c", "huge"] { #expect(answer(recent.admit(id, context(), now: start)) == []) }
    }

    @Test("are held for sixteen further senders; the next is told, and does not wait in vain")
    func waitingBound() {
        var recent = RecentRequests()
        _ = recent.admit("a", context(), now: start)
        for number in 0..<16 { #expect(isJoined(recent.admit("a", context("\(number)"), now: start))) }
        #expect(!isJoined(recent.admit("a", context("16"), now: start)))
        let others = recent.finish("a", Sent(bytes: [1]), again: false, now: start)
        #expect(others.count == 16)
    }
}
