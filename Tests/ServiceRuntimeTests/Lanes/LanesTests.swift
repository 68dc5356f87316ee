import CoreTestSupport
import ServiceRuntime
import Testing

/// The waiting, step by step: each task runs when the test says so, on the test's own thread.
@Suite struct LanesTests {
    private let executor = ManualExecutor()
    private let story = Recorder<String>()

    private func lanes(running: Int = 1, waiting: Int = 100, perLane: Int = 20) -> Lanes {
        Lanes(limits: LaneLimits(running: running, waiting: waiting, waitingPerLane: perLane))
    }

    /// A task that waits for its turn, and tells what came.
    @discardableResult
    private func wait(_ lanes: Lanes, _ ticket: Lanes.Ticket, _ name: String) -> Task<Void, Never> {
        Task(executorPreference: executor) { [story] in
            do {
                try await lanes.turn(ticket)
                story.append("\(name) runs")
            } catch {
                story.append("\(name) \(error is CancellationError ? "cancelled" : "failed: \(error)")")
            }
        }
    }

    @Test func theFirstNeedNotWaitTheOthersDo() throws {
        let lanes = lanes()
        let (a, b, c) = (try lanes.enter("x"), try lanes.enter("x"), try lanes.enter("y"))
        wait(lanes, a, "a")
        wait(lanes, b, "b")
        wait(lanes, c, "c")
        executor.run()
        #expect(story.all == ["a runs"])
        #expect(lanes.load == (1, 2))
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["a runs", "c runs"])
        lanes.leave(c)
        executor.run()
        #expect(story.all == ["a runs", "c runs", "b runs"])
        lanes.leave(b)
        #expect(lanes.load == (0, 0))
    }

    @Test func aTurnThatCameBeforeAnybodyWaitedIsNotLost() throws {
        let lanes = lanes()
        let (a, b) = (try lanes.enter("x"), try lanes.enter("x"))
        lanes.leave(a)
        #expect(lanes.load == (1, 0))
        wait(lanes, b, "b")
        executor.run()
        #expect(story.all == ["b runs"])
    }

    @Test func cancelledBeforeItWaits() throws {
        let lanes = lanes()
        let (a, b, c) = (try lanes.enter("x"), try lanes.enter("x"), try lanes.enter("x"))
        let task = wait(lanes, b, "b")
        wait(lanes, c, "c")
        task.cancel()
        executor.run()
        #expect(story.all == ["b cancelled"])
        lanes.leave(b)
        #expect(lanes.load == (1, 1))
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
    }

    @Test func cancelledWhileItWaits() throws {
        let lanes = lanes()
        let (a, b, c) = (try lanes.enter("x"), try lanes.enter("x"), try lanes.enter("x"))
        let task = wait(lanes, b, "b")
        wait(lanes, c, "c")
        executor.run()
        #expect(story.all == [])
        task.cancel()
        task.cancel()
        executor.run()
        #expect(story.all == ["b cancelled"])
        lanes.leave(b)
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
        lanes.leave(c)
        #expect(lanes.load == (0, 0))
    }

    @Test func cancelledAfterItsTurnHasComeItRuns() throws {
        let lanes = lanes()
        let (a, b) = (try lanes.enter("x"), try lanes.enter("x"))
        let task = wait(lanes, b, "b")
        executor.run()
        lanes.leave(a)
        task.cancel()
        executor.run()
        #expect(story.all == ["b runs"])
        lanes.leave(b)
        #expect(lanes.load == (0, 0))
    }

    @Test func aTurnGrantedToOneThatGaveUpGoesOnWhenItLeaves() throws {
        let lanes = lanes()
        let (a, b, c) = (try lanes.enter("x"), try lanes.enter("x"), try lanes.enter("x"))
        let task = wait(lanes, b, "b")
        wait(lanes, c, "c")
        executor.run()
        task.cancel()
        // Cancelled, and not gone yet: the turn comes to it all the same, and passes on.
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled"])
        #expect(lanes.load == (1, 1))
        lanes.leave(b)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
    }

    @Test func whoeverNeverWaitedCanLeave() throws {
        let lanes = lanes()
        let (a, b, c) = (try lanes.enter("x"), try lanes.enter("x"), try lanes.enter("x"))
        lanes.leave(b)
        wait(lanes, c, "c")
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["c runs"])
    }

    @Test func refusals() throws {
        let lanes = lanes(running: 1, waiting: 2, perLane: 1)
        let first = try lanes.enter("x")
        _ = try lanes.enter("x")
        #expect(throws: LaneRefusal.laneFull) { try lanes.enter("x") }
        _ = try lanes.enter("y")
        #expect(throws: LaneRefusal.serviceFull) { try lanes.enter("z") }
        lanes.close()
        #expect(throws: LaneRefusal.closed) { try lanes.enter("z") }
        #expect(lanes.load == (1, 2))
        lanes.leave(first)
        #expect(lanes.load == (1, 1))
    }

    @Test func closingWakesNobodyAndKeepsTheOrder() throws {
        let lanes = lanes()
        let (a, b) = (try lanes.enter("x"), try lanes.enter("x"))
        wait(lanes, b, "b")
        lanes.close()
        executor.run()
        #expect(story.all == [])
        lanes.leave(a)
        executor.run()
        #expect(story.all == ["b runs"])
    }
}
