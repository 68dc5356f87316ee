import Testing

@testable import ServiceRuntime

@Suite struct QueueOrderTests {
    private func queue(running: Int = 1, waiting: Int = 100, perLane: Int = 20) -> NamedQueue {
        NamedQueue(QueueLimits(running: running, waiting: waiting, waitingPerChannel: perLane))
    }

    // MARK: order

    @Test func aLaneRunsOneAtATimeInTheOrderTheyCame() {
        var queue = queue(running: 10)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "a") == .wait)
        #expect(queue.running == 1)
        #expect(queue.waiting == 2)
        #expect(queue.leave(1) == [2])
        #expect(queue.leave(2) == [3])
        #expect(queue.leave(3) == [])
        #expect(queue.running == 0)
        #expect(queue.waiting == 0)
        #expect(queue.enter(4, lane: "a") == .run)
    }

    @Test func lanesDoNotWaitForEachOther() {
        var queue = queue(running: 10)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "b") == .run)
        #expect(queue.enter(4, lane: "") == .run)
        #expect(queue.running == 3)
        #expect(queue.leave(3) == [])
        #expect(queue.leave(1) == [2])
    }

    @Test func whatHasNoLaneIsInNobodysWay() {
        var queue = queue(running: 3)
        #expect(queue.enter(1, lane: nil) == .run)
        #expect(queue.enter(2, lane: nil) == .run)
        #expect(queue.enter(3, lane: nil) == .run)
        #expect(queue.enter(4, lane: nil) == .wait)
        #expect(queue.leave(2) == [4])
        #expect(queue.leave(4) == [])
        #expect(queue.running == 2)
    }

    @Test func placesGoToLanesInTheOrderTheyBecameReady() {
        var queue = queue(running: 1)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "a") == .wait)
        #expect(queue.enter(4, lane: "b") == .wait)
        #expect(queue.enter(5, lane: nil) == .wait)
        // A lane with much to say does not starve the others: its second message stands behind theirs.
        #expect(queue.leave(1) == [4])
        #expect(queue.leave(4) == [5])
        #expect(queue.leave(5) == [2])
        #expect(queue.leave(2) == [3])
        #expect(queue.leave(3) == [])
    }

    // MARK: limits

    @Test func aFullLaneRefusesAndTheOthersDoNot() {
        var queue = queue(running: 2, perLane: 2)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "a") == .wait)
        #expect(queue.enter(4, lane: "a") == .refuse(.channelFull))
        #expect(queue.waiting == 2)
        #expect(queue.enter(4, lane: "b") == .run)
        #expect(queue.leave(1) == [2])
        #expect(queue.enter(5, lane: "a") == .wait)
        #expect(queue.enter(6, lane: "a") == .refuse(.channelFull))
    }

    @Test func aFullServiceRefusesWhateverWouldWait() {
        var queue = queue(running: 2, waiting: 1)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "a") == .refuse(.serviceFull))
        // A place is free: what need not wait comes in, however many wait behind others.
        #expect(queue.enter(4, lane: "b") == .run)
        #expect(queue.enter(5, lane: "c") == .refuse(.serviceFull))
        #expect(queue.enter(6, lane: nil) == .refuse(.serviceFull))
        #expect(queue.leave(4) == [])
        #expect(queue.enter(7, lane: nil) == .run)
    }

    @Test func whatWasRefusedLeavesNothingBehind() {
        var queue = queue(running: 1, waiting: 0)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "b") == .refuse(.serviceFull))
        #expect(queue.leave(2) == [])
        #expect(queue.leave(1) == [])
        #expect(queue.enter(3, lane: "b") == .run)
    }

    // MARK: leaving

    @Test func leavingWhileItWaitsInItsLane() {
        var queue = queue(running: 1)
        for ticket: UInt64 in 1...4 { _ = queue.enter(ticket, lane: "a") }
        #expect(queue.leave(3) == [])
        #expect(queue.waiting == 2)
        #expect(queue.leave(1) == [2])
        #expect(queue.leave(2) == [4])
    }

    @Test func leavingWhileItIsReadyPassesTheLaneOn() {
        var queue = queue(running: 1)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "b") == .wait)
        #expect(queue.enter(3, lane: "b") == .wait)
        #expect(queue.enter(4, lane: "c") == .wait)
        #expect(queue.leave(2) == [])
        #expect(queue.running == 1)
        // The lane's next one takes a new place in the line, behind the others.
        #expect(queue.leave(1) == [4])
        #expect(queue.leave(4) == [3])
        #expect(queue.leave(3) == [])
        #expect(queue.enter(5, lane: "b") == .run)
    }

    @Test func leavingTwiceIsLeavingOnce() {
        var queue = queue(running: 1)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        #expect(queue.enter(3, lane: "a") == .wait)
        #expect(queue.leave(1) == [2])
        #expect(queue.leave(1) == [])
        #expect(queue.running == 1)
        #expect(queue.leave(99) == [])
        #expect(queue.leave(2) == [3])
    }

    // MARK: closing

    @Test func closedItLetsNobodyInAndWhoeverIsInOut() {
        var queue = queue(running: 1)
        #expect(queue.enter(1, lane: "a") == .run)
        #expect(queue.enter(2, lane: "a") == .wait)
        queue.close()
        #expect(queue.enter(3, lane: "a") == .refuse(.closed))
        #expect(queue.enter(4, lane: "b") == .refuse(.closed))
        #expect(queue.enter(5, lane: nil) == .refuse(.closed))
        #expect(queue.leave(1) == [2])
        #expect(queue.leave(2) == [])
        #expect(queue.running == 0)
        #expect(queue.waiting == 0)
    }
}
