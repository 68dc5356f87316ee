import CoreTestSupport
import ServiceRuntime
import Synchronization
import Testing

/// Each task runs when the test says so, on the test's own thread.
@Suite struct SleepTests {
    private let executor = ManualExecutor()
    private let time = ManualTime()
    private let story = Recorder<String>()

    /// A task that sleeps, and tells what woke it.
    @discardableResult
    private func sleep(_ duration: Duration, on clock: (any TimeSource)? = nil) -> Task<Void, Never> {
        let clock = clock ?? time
        let deadline = time.now + duration
        return Task(executorPreference: executor) { [story] in
            do throws(CancellationError) {
                try await clock.sleep(until: deadline)
                story.append("woken")
            } catch {
                story.append("cancelled")
            }
        }
    }

    @Test func wakesWhenItsTimeHasComeAndNotBefore() {
        sleep(.seconds(5))
        executor.run()
        time.advance(by: .seconds(5) - .nanoseconds(1))
        executor.run()
        #expect(story.all == [])
        time.advance(by: .nanoseconds(1))
        executor.run()
        #expect(story.all == ["woken"])
        #expect(time.timersSet == 1)
    }

    @Test(arguments: [Duration.zero, .seconds(-5)])
    func whatIsOverAlreadyIsNotWaitedFor(duration: Duration) {
        sleep(duration)
        executor.run()
        #expect(story.all == ["woken"])
        #expect(time.timersSet == 0)
    }

    @Test(arguments: [Duration.seconds(5), .seconds(-5)])
    func cancelledBeforeItSleeps(duration: Duration) {
        sleep(duration).cancel()
        executor.run()
        #expect(story.all == ["cancelled"])
        #expect(time.timersSet == 0)
    }

    @Test func cancelledWhileItSleepsItDoesNotWaitForTheTimer() {
        let task = sleep(.seconds(5))
        executor.run()
        task.cancel()
        task.cancel()
        executor.run()
        #expect(story.all == ["cancelled"])
        time.advance(by: .seconds(10))
        executor.run()
        #expect(story.all == ["cancelled"])
        #expect(time.timerCount == 0)
    }

    @Test func cancelledAfterItsTimeHasComeItIsWoken() {
        let task = sleep(.seconds(5))
        executor.run()
        time.advance(by: .seconds(5))
        task.cancel()
        executor.run()
        #expect(story.all == ["woken"])
    }

    /// A clock that does something at the moment a timer is set, which is before anybody waits for it.
    private struct MeddledTime: TimeSource {
        let time: ManualTime
        let meddle: @Sendable () -> Void
        var now: ContinuousClock.Instant { time.now }
        var timestamp: Timestamp { time.timestamp }

        func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
            time.call(at: instant, block)
            meddle()
        }
    }

    @Test func aTimerThatIsFasterThanTheSleeperIsNotLost() {
        sleep(.seconds(5), on: MeddledTime(time: time) { [time] in time.advance(by: .seconds(5)) })
        executor.run()
        #expect(story.all == ["woken"])
    }

    @Test func aCancelThatIsFasterThanTheSleeperIsNotLost() {
        let slot = Slot()
        slot.task.withLock { $0 = sleep(.seconds(5), on: MeddledTime(time: time) { slot.cancel() }) }
        executor.run()
        #expect(story.all == ["cancelled"])
    }

    /// A task that somebody else is to cancel.
    private final class Slot: Sendable {
        let task = Mutex<Task<Void, Never>?>(nil)
        func cancel() { task.withLock { $0 }?.cancel() }
    }

    /// A clock whose timers come a moment too early.
    private struct HastyTime: TimeSource {
        let time: ManualTime
        var now: ContinuousClock.Instant { time.now }
        var timestamp: Timestamp { time.timestamp }

        func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
            time.call(at: instant - .nanoseconds(1), block)
        }
    }

    @Test func aTimerThatComesAMomentTooEarlyIsSetAgain() {
        sleep(.seconds(5), on: HastyTime(time: time))
        executor.run()
        time.advance(by: .seconds(5) - .nanoseconds(1))
        executor.run()
        #expect(story.all == [])
        #expect(time.timersSet == 2)
        time.advance(by: .nanoseconds(1))
        executor.run()
        #expect(story.all == ["woken"])
    }

    @Test func cancelledAtRandomOnAllThreadsEachIsWokenOnce() async throws {
        let time = ManualTime()
        let deadline = time.now + .seconds(1)
        let woken = try await within {
            await withTaskGroup(of: Bool.self) { group in
                let tasks = (0..<500).map { _ in Task { try await time.sleep(until: deadline) } }
                for task in tasks { group.addTask { (try? await task.value) != nil } }
                for index in stride(from: 0, to: 500, by: 2) { tasks[index].cancel() }
                time.advance(by: .seconds(1))
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect((250...500).contains(woken))
    }
}
