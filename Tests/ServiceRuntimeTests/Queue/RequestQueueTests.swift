import CoreTestSupport
import ServiceRuntime
import Testing

/// The waiting, step by step: each task runs when the test says so, on the test's own thread.
@Suite struct RequestQueueTests {
    private let executor = ManualExecutor()
    private let story = Recorder<String>()

    private func queue(running: Int = 1, waiting: Int = 100, perLane: Int = 20) -> RequestQueue {
        RequestQueue(limits: QueueLimits(running: running, waiting: waiting, waitingPerChannel: perLane))
    }

    /// A task that waits for its turn, and tells what came.
    @discardableResult
    private func wait(_ queue: RequestQueue, _ ticket: RequestQueue.Ticket, _ name: String) -> Task<Void, Never> {
        Task(executorPreference: executor) { [story] in
            do {
                try await queue.acquire(ticket)
                story.append("\(name) runs")
            } catch {
                story.append("\(name) \(error)")
            }
        }
    }

    @Test func theFirstNeedNotWaitTheOthersDo() throws {
        let queue = queue()
        let (a, b, c) = (
            try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")),
            try queue.enter(QueuedRequest(channel: "y"))
        )
        wait(queue, a, "a")
        wait(queue, b, "b")
        wait(queue, c, "c")
        executor.run()
        #expect(story.all == ["a runs"])
        #expect(queue.load == (1, 2))
        queue.leave(a)
        executor.run()
        #expect(story.all == ["a runs", "c runs"])
        queue.leave(c)
        executor.run()
        #expect(story.all == ["a runs", "c runs", "b runs"])
        queue.leave(b)
        #expect(queue.load == (0, 0))
    }

    @Test func aTurnThatCameBeforeAnybodyWaitedIsNotLost() throws {
        let queue = queue()
        let (a, b) = (try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")))
        queue.leave(a)
        #expect(queue.load == (1, 0))
        wait(queue, b, "b")
        executor.run()
        #expect(story.all == ["b runs"])
    }

    @Test func cancelledBeforeItWaits() throws {
        let queue = queue()
        let (a, b, c) = (
            try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")),
            try queue.enter(QueuedRequest(channel: "x"))
        )
        let task = wait(queue, b, "b")
        wait(queue, c, "c")
        task.cancel()
        executor.run()
        #expect(story.all == ["b cancelled"])
        queue.leave(b)
        #expect(queue.load == (1, 1))
        queue.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
    }

    @Test func cancelledWhileItWaits() throws {
        let queue = queue()
        let (a, b, c) = (
            try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")),
            try queue.enter(QueuedRequest(channel: "x"))
        )
        let task = wait(queue, b, "b")
        wait(queue, c, "c")
        executor.run()
        #expect(story.all == [])
        task.cancel()
        task.cancel()
        executor.run()
        #expect(story.all == ["b cancelled"])
        queue.leave(b)
        queue.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
        queue.leave(c)
        #expect(queue.load == (0, 0))
    }

    @Test func cancelledAfterItsTurnHasComeItRuns() throws {
        let queue = queue()
        let (a, b) = (try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")))
        let task = wait(queue, b, "b")
        executor.run()
        queue.leave(a)
        task.cancel()
        executor.run()
        #expect(story.all == ["b runs"])
        queue.leave(b)
        #expect(queue.load == (0, 0))
    }

    @Test func aTurnGrantedToOneThatGaveUpGoesOnWhenItLeaves() throws {
        let queue = queue()
        let (a, b, c) = (
            try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")),
            try queue.enter(QueuedRequest(channel: "x"))
        )
        let task = wait(queue, b, "b")
        wait(queue, c, "c")
        executor.run()
        task.cancel()
        // Cancelled, and not gone yet: the turn comes to it all the same, and passes on.
        queue.leave(a)
        executor.run()
        #expect(story.all == ["b cancelled"])
        #expect(queue.load == (1, 1))
        queue.leave(b)
        executor.run()
        #expect(story.all == ["b cancelled", "c runs"])
    }

    @Test func whoeverNeverWaitedCanLeave() throws {
        let queue = queue()
        let (a, b, c) = (
            try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")),
            try queue.enter(QueuedRequest(channel: "x"))
        )
        queue.leave(b)
        wait(queue, c, "c")
        queue.leave(a)
        executor.run()
        #expect(story.all == ["c runs"])
    }

    @Test func refusals() throws {
        let queue = queue(running: 1, waiting: 2, perLane: 1)
        let first = try queue.enter(QueuedRequest(channel: "x"))
        _ = try queue.enter(QueuedRequest(channel: "x"))
        #expect(throws: QueueRefusal.channelFull) { try queue.enter(QueuedRequest(channel: "x")) }
        _ = try queue.enter(QueuedRequest(channel: "y"))
        #expect(throws: QueueRefusal.serviceFull) { try queue.enter(QueuedRequest(channel: "z")) }
        queue.close()
        #expect(throws: QueueRefusal.closed) { try queue.enter(QueuedRequest(channel: "z")) }
        #expect(queue.load == (1, 2))
        queue.leave(first)
        #expect(queue.load == (1, 1))
    }

    @Test func closingWakesNobodyAndKeepsTheOrder() throws {
        let queue = queue()
        let (a, b) = (try queue.enter(QueuedRequest(channel: "x")), try queue.enter(QueuedRequest(channel: "x")))
        wait(queue, b, "b")
        queue.close()
        executor.run()
        #expect(story.all == [])
        queue.leave(a)
        executor.run()
        #expect(story.all == ["b runs"])
    }
}
