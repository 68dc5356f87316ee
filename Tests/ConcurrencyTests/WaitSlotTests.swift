import Concurrency
import CoreTestSupport
import Testing

/// Each task runs when the test says so, on the test's own thread.
@Suite struct WaitSlotTests {
    private let executor = ManualExecutor()
    private let story = Recorder<String>()

    private func wait(_ slot: WaitSlot<String>) -> Task<Void, Never> {
        Task(executorPreference: executor) { [story] in story.append(await slot.wait() ?? "cancelled") }
    }

    @Test func theFirstOutcomeCounts() {
        let slot = WaitSlot<String>()
        _ = wait(slot)
        executor.run()
        #expect(story.all == [])
        slot.resume("first")
        slot.resume("second")
        executor.run()
        #expect(story.all == ["first"])
    }

    @Test func anOutcomeBeforeTheWaitIsSeen() {
        let slot = WaitSlot<String>()
        slot.resume("early")
        slot.resume("second")
        _ = wait(slot)
        executor.run()
        #expect(story.all == ["early"])
    }

    @Test("A cancellation ends the wait, also one that comes first", arguments: [true, false])
    func cancellation(isEarly: Bool) {
        let slot = WaitSlot<String>()
        let task = wait(slot)
        if !isEarly { executor.run() }
        task.cancel()
        if isEarly { executor.run() }
        slot.resume("late")
        executor.run()
        #expect(story.all == ["cancelled"])
    }
}

@Suite struct LatchTests {
    private let executor = ManualExecutor()
    private let story = Recorder<Int>()

    @Test func opensForAllWhoWaitAndForWhoComesLater() {
        let latch = Latch()
        for number in 1...3 {
            Task(executorPreference: executor) { [story] in
                await latch.wait()
                story.append(number)
            }
        }
        executor.run()
        #expect(story.all == [])
        #expect(!latch.isOpen)
        let first = latch.open()
        #expect(first)
        let second = latch.open()
        #expect(!second)
        Task(executorPreference: executor) { [story] in
            await latch.wait()
            story.append(4)
        }
        executor.run()
        #expect(story.all.sorted() == [1, 2, 3, 4])
        #expect(latch.isOpen)
    }
}

@Suite struct AlarmTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func onlyAnEarlierDeadlineNeedsATimer() {
        var alarm = Alarm()
        let timers = [100, 100, 500, 50, 70].map { alarm.arm(for: at($0)) }
        #expect(timers == [at(100), nil, nil, at(50), nil])
        #expect(alarm.isCurrent(at(50)) && !alarm.isCurrent(at(100)))
    }

    @Test func theNextTimerIsAGrainAwayAtLeast() {
        var alarm = Alarm(grain: .milliseconds(10))
        _ = alarm.arm(for: at(50))
        let timers = [at(55), at(90), nil].map { alarm.rearm(for: $0, now: at(50)) }
        #expect(timers == [at(60), at(90), nil])
        let again = alarm.arm(for: at(500))
        #expect(again == at(500))
    }
}

@Suite struct DurationTests {
    @Test(
        arguments: [
            (.zero, 0, 0), (.milliseconds(1_500), 1.5, 1_500), (.microseconds(1_499_600), 1.4996, 1_500),
            (.seconds(-2), -2, -2_000), (.nanoseconds(1), 1e-9, 0),
        ] as [(Duration, Double, Int)])
    func lengths(duration: Duration, seconds: Double, milliseconds: Int) {
        #expect(abs(duration.seconds - seconds) < 1e-12)
        #expect(duration.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            (Duration.zero, 0, 1), (.nanoseconds(1), 1, 1), (.milliseconds(1), 1_000_000, 1),
            (.microseconds(1001), 1_001_000, 2), (.seconds(-5), -5_000_000_000, 1),
            (.seconds(Int64.max), .max, Int32.max), (.seconds(Int64.min), .min, 1),
            (.seconds(9_223_372_036) + .nanoseconds(999_999_999), .max, Int32.max),
        ])
    func wholeUnits(duration: Duration, nanoseconds: Int, milliseconds: Int32) {
        #expect(duration.nanoseconds == nanoseconds)
        #expect(duration.timeoutMilliseconds == milliseconds)
    }
}
