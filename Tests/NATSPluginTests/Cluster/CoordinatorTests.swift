import Testing

@testable import NATSPlugin

@Suite("What a member tells of what it works on")
struct CoordinatorTests {
    private let start = ContinuousClock.now
    private let handing = Handing(by: "intake", sequence: 7, session: 1, key: 5, epoch: 1)

    /// A member that has begun to work on a message, and what it works with.
    private func begun() throws -> (Coordinator<Int>, Coordinator<Int>.Placement) {
        var member = Coordinator<Int>(MemberRank(id: "member", since: 2), now: start)
        let intake = MemberRank(id: "intake", since: 1)
        _ = member.answered(
            .pong(intake, term: 1, known: [intake], partitions: [256], isNew: true), sent: start, load: 0, busy: [],
            now: start)
        let effects = member.handed(1, handing, isBusyHere: false, load: 0, now: start)
        let placement = try #require(
            effects.lazy.compactMap { if case .work(_, let placement) = $0 { placement } else { nil } }.first)
        let (permission, _) = member.mayBegin(placement, now: start)
        #expect(permission == .granted)
        return (member, placement)
    }

    @Test("that it has begun, while nobody else can have been handed it")
    func begunInTime() throws {
        var (member, placement) = try begun()
        let mayTell = member.mayTell(.begun(7), now: start + Membership.lease - .milliseconds(1))
        #expect(mayTell)
        #expect(member.mayEnd(placement, isConnected: true) == .granted)
    }

    @Test("nothing, where the process was stopped before it could tell that it had begun")
    func begunTooLate() throws {
        var (member, placement) = try begun()
        let mayTell = member.mayTell(.begun(7), now: start + Membership.lease)
        #expect(!mayTell)
        #expect(member.mayEnd(placement, isConnected: true) == .refused)
    }

    @Test(
        "what came of it once that is confirmed, where the connection was lost when it had just begun",
        arguments: [true, false])
    func confirmed(isKept: Bool) throws {
        var (member, placement) = try begun()
        #expect(member.mayEnd(placement, isConnected: false) == .wait)
        _ = member.reconnected(load: 1, busy: [5], now: start)
        #expect(member.work == [WorkReport(sequence: 7, key: 5, progress: .unconfirmed)])
        #expect(member.mayEnd(placement, isConnected: true) == .wait)
        _ = member.heard(
            .confirmation(kept: isKept ? [7] : [], lost: isKept ? [] : [7]), load: 1, busy: [5], now: start)
        #expect(member.mayEnd(placement, isConnected: true) == (isKept ? .granted : .refused))
    }
}
