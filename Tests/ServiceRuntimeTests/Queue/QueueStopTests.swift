import Testing

@testable import ServiceRuntime

@Suite struct QueueStopTests {
    private let start = ContinuousClock.now

    /// Six requests: two that have begun, one that has a slot and has not begun, three that wait for slots.
    private func queue(deadline: ContinuousClock.Instant? = nil) -> NamedQueue {
        var queue = NamedQueue(QueueLimits(running: 3))
        for name: UInt64 in 0..<6 {
            _ = queue.enter(
                name,
                QueuedRequest(
                    requestID: "r\(name % 2)", channel: name.isMultiple(of: 3) ? nil : "c\(name % 3)", isOrdered: false,
                    user: name < 3 ? "alice" : nil, deadline: deadline))
        }
        for name: UInt64 in 0..<2 {
            let acquisition = queue.state.acquire(queue.ticket(name))
            #expect(acquisition == .granted(hasWaited: false))
        }
        return queue
    }

    private func settled(_ queue: inout NamedQueue) -> [UInt64: StopReason] {
        var reasons: [UInt64: StopReason] = [:]
        for name: UInt64 in 0..<6 { reasons[name] = queue.state.settle(queue.ticket(name)) }
        return reasons
    }

    @Test(
        arguments: [
            (.ticket(4), [4]), (.ticket(99), []), (.requestID("r0"), [0, 2, 4]), (.requestID("r9"), []),
            (.channel("c1"), [1, 4]), (.channel("c0"), []), (.user("alice", channel: "c1"), [1]),
            (.user("bob", channel: "c1"), []), (.user("alice", channel: "c9"), []), (.notBegun, [2, 3, 4, 5]),
            (.all, [0, 1, 2, 3, 4, 5]),
        ] as [(RequestSelection, [UInt64])])
    func selections(selection: RequestSelection, expected: [UInt64]) {
        var queue = queue()
        let stopped = queue.state.stop(selection) { _ in .cancelled }
        #expect(stopped.count == expected.count)
        #expect(stopped.tasks.isEmpty)
        #expect(stopped.waiters.map(\.0).sorted() == expected.filter { $0 > 2 }, "those that waited are resumed")
        #expect(settled(&queue).keys.sorted() == expected)
    }

    @Test func theFirstReasonStays() {
        var queue = queue()
        let (first, second) = (
            queue.state.stop(.all) { .deadline(hasBegun: $0) }, queue.state.stop(.all) { _ in .shutdown }
        )
        #expect(first.count == 6)
        #expect(second.count == 0)
        let reasons = settled(&queue)
        #expect(reasons[1] == .deadline(hasBegun: true))
        #expect(reasons[2] == .deadline(hasBegun: false))
    }

    @Test func whatIsSettledIsNotStopped() {
        var queue = queue()
        #expect(settled(&queue).isEmpty)
        let stopped = queue.state.stop(.all) { _ in .cancelled }
        #expect(stopped.count == 0)
        #expect(settled(&queue).isEmpty)
    }

    @Test func whatWasStoppedDoesNotBegin() {
        var queue = queue()
        let stopped = queue.state.stop(.notBegun) { _ in .shutdown }
        #expect(stopped.count == 4)
        #expect(queue.state.acquire(queue.ticket(2)) == .stopped(.shutdown))
        #expect(queue.state.acquire(queue.ticket(5), 5) == .stopped(.shutdown))
        // Its slot goes to nobody who was stopped.
        #expect(queue.leave(0) == [])
    }

    @Test func tasksOfThoseThatHaveBegunAreCancelledAndNoOthers() {
        var queue = queue()
        let tasks = (0..<3).map { _ in Task<Void, Never> {} }
        for name in 0..<3 {
            let isCancelled = queue.state.attach(queue.ticket(UInt64(name)), tasks[name])
            #expect(!isCancelled)
        }
        let stopped = queue.state.stop(.all) { _ in .cancelled }
        #expect(Set(stopped.tasks) == [tasks[0], tasks[1]])
    }

    @Test func aTaskThatComesAfterTheStopIsToBeCancelled() {
        var queue = queue()
        let task = Task<Void, Never> {}
        let stopped = queue.state.stop(.requestID("r0")) { _ in .cancelled }
        #expect(stopped.tasks.isEmpty)
        let isCancelled = [queue.ticket(0), queue.ticket(1), 99].map { queue.state.attach($0, task) }
        #expect(isCancelled == [true, false, false])
    }

    // MARK: deadlines

    @Test func theEarliestDeadlineAloneSetsATimer() {
        var queue = NamedQueue(QueueLimits())
        let times = [5, 7, 3, 3, 9].map { start + .seconds($0) }
        let timers = times.enumerated().map { name, time in
            queue.enter(UInt64(name), QueuedRequest(deadline: time)).timer
        }
        #expect(timers == [times[0], nil, times[2], nil, nil])
        // The one that was replaced says nothing.
        #expect(queue.state.expire(times[0], now: times[0]).0.count == 0)
        let (stopped, next) = queue.state.expire(times[2], now: times[2])
        #expect(stopped.count == 2)
        #expect(next == times[0])
    }

    @Test func thoseThatAreLateAreStoppedWhereverTheyAre() {
        var queue = queue(deadline: start + .seconds(1))
        _ = queue.state.settle(queue.ticket(1))
        let (stopped, next) = queue.state.expire(start + .seconds(1), now: start + .seconds(1))
        #expect(stopped.count == 5)
        #expect(stopped.waiters.map(\.0).sorted() == [3, 4, 5])
        #expect(next == nil)
        let reasons = settled(&queue)
        #expect(reasons[0] == .deadline(hasBegun: true))
        #expect(reasons[1] == nil)
        #expect(reasons[5] == .deadline(hasBegun: false))
    }

    @Test func aTimerThatComesTooEarlyIsSetAgain() {
        var queue = NamedQueue(QueueLimits())
        let deadline = start + .seconds(1)
        #expect(queue.enter(1, QueuedRequest(deadline: deadline)).timer == deadline)
        let early = deadline - .microseconds(1)
        let (stopped, next) = queue.state.expire(deadline, now: early)
        #expect(stopped.count == 0)
        #expect(next == early + .milliseconds(10))
        #expect(queue.state.expire(early + .milliseconds(10), now: early + .milliseconds(10)).0.count == 1)
    }
}
