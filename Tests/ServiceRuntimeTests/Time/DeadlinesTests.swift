import CoreTestSupport
import ServiceRuntime
import Testing

@Suite struct DeadlinesTests {
    private let time = ManualTime()
    private let late = Recorder<String>()

    private func deadlines(_ time: some TimeSource) -> Deadlines<String> {
        Deadlines(time: time) { [late] in late.append($0) }
    }

    @Test func whoeverIsLateIsCalledOnce() {
        let deadlines = deadlines(time)
        deadlines.add("a", at: time.now + .seconds(30))
        deadlines.add("b", at: time.now + .seconds(60))
        time.advance(by: .seconds(30) - .nanoseconds(1))
        #expect(late.all == [])
        time.advance(by: .nanoseconds(1))
        #expect(late.all == ["a"])
        time.advance(by: .seconds(100))
        #expect(late.all == ["a", "b"])
        time.advance(by: .seconds(1_000))
        #expect(late.all == ["a", "b"])
        #expect(time.timerCount == 0)
    }

    @Test func whoeverIsDoneIsNotCalled() {
        let deadlines = deadlines(time)
        deadlines.add("a", at: time.now + .seconds(30))
        deadlines.add("b", at: time.now + .seconds(40))
        deadlines.remove("a")
        time.advance(by: .seconds(50))
        #expect(late.all == ["b"])
    }

    @Test func aShorterDeadlineIsNotHeldUpByALongerOne() {
        let deadlines = deadlines(time)
        deadlines.add("long", at: time.now + .seconds(300))
        deadlines.add("short", at: time.now + .seconds(1))
        time.advance(by: .seconds(1))
        #expect(late.all == ["short"])
        time.advance(by: .seconds(299))
        #expect(late.all == ["short", "long"])
    }

    @Test func aDeadlineThatIsOverAlreadyIsCalledByTheNextTimer() {
        let deadlines = deadlines(time)
        deadlines.add("a", at: time.now - .seconds(1))
        #expect(late.all == [])
        time.advance(by: .zero)
        #expect(late.all == ["a"])
    }

    @Test func thousandsShareAFewTimers() {
        let deadlines = deadlines(time)
        for id in 0..<5_000 {
            deadlines.add(String(id), at: time.now + .seconds(300))
            time.advance(by: .milliseconds(1))
            deadlines.remove(String(id))
        }
        time.advance(by: .seconds(600))
        #expect(late.all == [])
        #expect(time.timersSet < 20)
        deadlines.add("later", at: time.now + .seconds(5))
        time.advance(by: .seconds(5))
        #expect(late.all == ["later"])
    }

    /// A clock whose timers come a moment too early, as one does whose timers count by another clock than its `now`.
    private struct HastyTime: TimeSource {
        let time: ManualTime
        var now: ContinuousClock.Instant { time.now }
        var timestamp: Timestamp { time.timestamp }

        func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
            time.call(at: instant - .nanoseconds(1), block)
        }
    }

    @Test func timersThatComeAMomentTooEarlyLoseNobody() {
        let deadlines = deadlines(HastyTime(time: time))
        deadlines.add("a", at: time.now + .seconds(30))
        deadlines.add("b", at: time.now + .seconds(90))
        time.advance(by: .seconds(30) - .nanoseconds(1))
        #expect(late.all == [])
        time.advance(by: .seconds(1))
        #expect(late.all == ["a"])
        time.advance(by: .seconds(60))
        #expect(late.all == ["a", "b"])
    }

    @Test func itsTimersDoNotKeepItAlive() {
        var deadlines: Deadlines<String>? = deadlines(time)
        deadlines?.add("a", at: time.now + .seconds(1))
        weak let weakly = deadlines
        deadlines = nil
        #expect(weakly == nil)
        time.advance(by: .seconds(2))
        #expect(late.all == [])
    }

    /// The machine's own clock: never before the time.
    @Test func theMachinesTimersAreNotEarly() async throws {
        let time = SystemTime()
        let early = try await within {
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let instant = time.now + .microseconds(index * 37)
                        return await withCheckedContinuation { continuation in
                            time.call(at: instant) { continuation.resume(returning: time.now < instant) }
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(early == 0)
    }
}
