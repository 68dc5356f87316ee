import Testing

@testable import ServiceRuntime

@Suite struct LaneTableTests {
    private func table(running: Int = 1, waiting: Int = 100, perLane: Int = 20) -> LaneTable {
        LaneTable(LaneLimits(running: running, waiting: waiting, waitingPerLane: perLane))
    }

    // MARK: order

    @Test func aLaneRunsOneAtATimeInTheOrderTheyCame() {
        var table = table(running: 10)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "a") == .wait)
        #expect(table.running == 1)
        #expect(table.waiting == 2)
        #expect(table.leave(1) == [2])
        #expect(table.leave(2) == [3])
        #expect(table.leave(3) == [])
        #expect(table.running == 0)
        #expect(table.waiting == 0)
        #expect(table.enter(4, lane: "a") == .run)
    }

    @Test func lanesDoNotWaitForEachOther() {
        var table = table(running: 10)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "b") == .run)
        #expect(table.enter(4, lane: "") == .run)
        #expect(table.running == 3)
        #expect(table.leave(3) == [])
        #expect(table.leave(1) == [2])
    }

    @Test func whatHasNoLaneIsInNobodysWay() {
        var table = table(running: 3)
        #expect(table.enter(1, lane: nil) == .run)
        #expect(table.enter(2, lane: nil) == .run)
        #expect(table.enter(3, lane: nil) == .run)
        #expect(table.enter(4, lane: nil) == .wait)
        #expect(table.leave(2) == [4])
        #expect(table.leave(4) == [])
        #expect(table.running == 2)
    }

    @Test func placesGoToLanesInTheOrderTheyBecameReady() {
        var table = table(running: 1)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "a") == .wait)
        #expect(table.enter(4, lane: "b") == .wait)
        #expect(table.enter(5, lane: nil) == .wait)
        // A lane with much to say does not starve the others: its second message stands behind theirs.
        #expect(table.leave(1) == [4])
        #expect(table.leave(4) == [5])
        #expect(table.leave(5) == [2])
        #expect(table.leave(2) == [3])
        #expect(table.leave(3) == [])
    }

    // MARK: limits

    @Test func aFullLaneRefusesAndTheOthersDoNot() {
        var table = table(running: 2, perLane: 2)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "a") == .wait)
        #expect(table.enter(4, lane: "a") == .refuse(.laneFull))
        #expect(table.waiting == 2)
        #expect(table.enter(4, lane: "b") == .run)
        #expect(table.leave(1) == [2])
        #expect(table.enter(5, lane: "a") == .wait)
        #expect(table.enter(6, lane: "a") == .refuse(.laneFull))
    }

    @Test func aFullServiceRefusesWhateverWouldWait() {
        var table = table(running: 2, waiting: 1)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "a") == .refuse(.serviceFull))
        // A place is free: what need not wait comes in, however many wait behind others.
        #expect(table.enter(4, lane: "b") == .run)
        #expect(table.enter(5, lane: "c") == .refuse(.serviceFull))
        #expect(table.enter(6, lane: nil) == .refuse(.serviceFull))
        #expect(table.leave(4) == [])
        #expect(table.enter(7, lane: nil) == .run)
    }

    @Test func whatWasRefusedLeavesNothingBehind() {
        var table = table(running: 1, waiting: 0)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "b") == .refuse(.serviceFull))
        #expect(table.leave(2) == [])
        #expect(table.leave(1) == [])
        #expect(table.enter(3, lane: "b") == .run)
    }

    // MARK: leaving

    @Test func leavingWhileItWaitsInItsLane() {
        var table = table(running: 1)
        for ticket: UInt64 in 1...4 { _ = table.enter(ticket, lane: "a") }
        #expect(table.leave(3) == [])
        #expect(table.waiting == 2)
        #expect(table.leave(1) == [2])
        #expect(table.leave(2) == [4])
    }

    @Test func leavingWhileItIsReadyPassesTheLaneOn() {
        var table = table(running: 1)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "b") == .wait)
        #expect(table.enter(3, lane: "b") == .wait)
        #expect(table.enter(4, lane: "c") == .wait)
        #expect(table.leave(2) == [])
        #expect(table.running == 1)
        // The lane's next one takes a new place in the line, behind the others.
        #expect(table.leave(1) == [4])
        #expect(table.leave(4) == [3])
        #expect(table.leave(3) == [])
        #expect(table.enter(5, lane: "b") == .run)
    }

    @Test func leavingTwiceIsLeavingOnce() {
        var table = table(running: 1)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        #expect(table.enter(3, lane: "a") == .wait)
        #expect(table.leave(1) == [2])
        #expect(table.leave(1) == [])
        #expect(table.running == 1)
        #expect(table.leave(99) == [])
        #expect(table.leave(2) == [3])
    }

    // MARK: closing

    @Test func closedItLetsNobodyInAndWhoeverIsInOut() {
        var table = table(running: 1)
        #expect(table.enter(1, lane: "a") == .run)
        #expect(table.enter(2, lane: "a") == .wait)
        table.close()
        #expect(table.enter(3, lane: "a") == .refuse(.closed))
        #expect(table.enter(4, lane: "b") == .refuse(.closed))
        #expect(table.enter(5, lane: nil) == .refuse(.closed))
        #expect(table.leave(1) == [2])
        #expect(table.leave(2) == [])
        #expect(table.running == 0)
        #expect(table.waiting == 0)
    }
}
