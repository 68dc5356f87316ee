import Testing

@testable import NATSPlugin

@Suite("Requests that come twice")
struct RecentRequestsTests {
    private let start = ContinuousClock.now

    private func echo(_ id: String, reply: String? = nil) -> Echo {
        Echo(requestID: id, replies: reply.map { [$0] } ?? [], isOwnID: true)
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
        #expect(isRun(recent.admit(echo("a"), now: start)))
        #expect(isRun(recent.admit(echo("b"), now: start)))
        #expect(isJoined(recent.admit(echo("a", reply: "one"), now: start)))
        #expect(isJoined(recent.admit(echo("a", reply: "two"), now: start)))
        let others = recent.finish("a", RecentRequests.Sent(bytes: [1, 2]), again: false, now: start)
        #expect(others.map(\.replies) == [["one"], ["two"]])
        #expect(answer(recent.admit(echo("a"), now: start)) == [1, 2])
        #expect(isJoined(recent.admit(echo("b"), now: start)))
    }

    @Test("run again after two minutes, counted from the answer")
    func expiry() {
        var recent = RecentRequests()
        _ = recent.admit(echo("a"), now: start)
        #expect(isJoined(recent.admit(echo("a"), now: start + .seconds(3600))))
        let answered = start + .seconds(3600)
        _ = recent.finish("a", RecentRequests.Sent(bytes: [1]), again: false, now: answered)
        #expect(answer(recent.admit(echo("a"), now: answered + .seconds(119))) == [1])
        #expect(isRun(recent.admit(echo("a"), now: answered + .seconds(120))))
    }

    @Test("run again where the first failed in a way that may pass; who waited hears of it")
    func again() {
        var recent = RecentRequests()
        _ = recent.admit(echo("a"), now: start)
        _ = recent.admit(echo("a", reply: "other"), now: start)
        let others = recent.finish("a", RecentRequests.Sent(bytes: [1]), again: true, now: start)
        #expect(others.map(\.replies) == [["other"]])
        #expect(isRun(recent.admit(echo("a"), now: start)))
    }

    @Test("are finished once, and not at all where they never came")
    func finishOnce() {
        var recent = RecentRequests()
        _ = recent.admit(echo("a"), now: start)
        _ = recent.finish("a", RecentRequests.Sent(bytes: [1]), again: false, now: start)
        #expect(recent.finish("a", RecentRequests.Sent(bytes: [2]), again: false, now: start).isEmpty)
        #expect(recent.finish("never", RecentRequests.Sent(bytes: [3]), again: false, now: start).isEmpty)
        #expect(answer(recent.admit(echo("a"), now: start)) == [1])
        #expect(isRun(recent.admit(echo("never"), now: start)))
    }

    @Test("are known by so many ids; the oldest leave first")
    func idBound() {
        var recent = RecentRequests(maxIDs: 2)
        for id in ["a", "b", "c"] {
            _ = recent.admit(echo(id), now: start)
            _ = recent.finish(id, RecentRequests.Sent(bytes: [1]), again: false, now: start)
        }
        #expect(isRun(recent.admit(echo("a"), now: start)))
        #expect(answer(recent.admit(echo("b"), now: start)) == [1])
        #expect(answer(recent.admit(echo("c"), now: start)) == [1])
    }

    @Test("keep so many bytes of answers; an answer leaves before its id")
    func byteBound() {
        var recent = RecentRequests(maxBytes: 10)
        for (id, size) in [("a", 4), ("b", 4), ("c", 4)] {
            _ = recent.admit(echo(id), now: start)
            _ = recent.finish(
                id, RecentRequests.Sent(bytes: Array(repeating: 1, count: size)), again: false, now: start)
        }
        #expect(answer(recent.admit(echo("a"), now: start)) == [])
        #expect(answer(recent.admit(echo("b"), now: start))?.count == 4)
        _ = recent.admit(echo("huge"), now: start)
        _ = recent.finish("huge", RecentRequests.Sent(bytes: Array(repeating: 1, count: 11)), again: false, now: start)
        for id in ["a", "b", "c", "huge"] { #expect(answer(recent.admit(echo(id), now: start)) == []) }
    }

    @Test("are held for sixteen further senders; the next is told, and does not wait in vain")
    func waitingBound() {
        var recent = RecentRequests()
        _ = recent.admit(echo("a"), now: start)
        for number in 0..<16 { #expect(isJoined(recent.admit(echo("a", reply: "\(number)"), now: start))) }
        #expect(!isJoined(recent.admit(echo("a", reply: "16"), now: start)))
        let others = recent.finish("a", RecentRequests.Sent(bytes: [1]), again: false, now: start)
        #expect(others.count == 16)
    }
}
