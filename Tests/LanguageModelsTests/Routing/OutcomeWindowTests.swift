import CoreTestSupport
import Testing

@testable import LanguageModels

@Suite("The outcomes that count")
struct OutcomeWindowTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("are those of the window")
    func age() {
        var window = OutcomeWindow(length: .seconds(1))
        window.record(isFailure: true, now: at(0))
        window.record(isFailure: false, now: at(500))
        window.record(isFailure: true, now: at(999))
        #expect((window.outcomes, window.failures) == (3, 2))
        window.record(isFailure: false, now: at(1_000))
        #expect((window.outcomes, window.failures) == (3, 1))
        window.record(isFailure: false, now: at(1_499))
        #expect((window.outcomes, window.failures) == (4, 1))
        window.record(isFailure: false, now: at(9_000))
        #expect((window.outcomes, window.failures) == (1, 0))
        window.removeAll()
        #expect((window.outcomes, window.failures) == (0, 0))
    }

    @Test("are counted when time seems to go back")
    func back() {
        var window = OutcomeWindow(length: .seconds(1))
        window.record(isFailure: true, now: at(500))
        window.record(isFailure: true, now: at(400))
        #expect((window.outcomes, window.failures, window.bucketCount) == (2, 2, 1))
    }

    @Test("are ten numbers at most, and each counts for nine tenths of the window at least", arguments: [1, 2, 3])
    func bounded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var window = OutcomeWindow(length: .seconds(1))
        var times: [Int] = []
        var now = 0
        var most = 0
        for _ in 0..<5_000 {
            now += Int.random(in: 0...(Int.random(in: 0..<50, using: &random) == 0 ? 600 : 8), using: &random)
            window.record(isFailure: false, now: at(now))
            times.append(now)
            times.removeAll { $0 <= now - 1_000 }
            most = max(most, window.bucketCount)
            #expect(window.outcomes <= times.count)
            #expect(window.outcomes >= times.count { $0 > now - 900 })
        }
        #expect(most == 10)
    }

    @Test("are none in a window of no length", arguments: [Duration.zero, .seconds(-1), .nanoseconds(1)])
    func empty(length: Duration) {
        var window = OutcomeWindow(length: length)
        for now in 0..<100 {
            window.record(isFailure: true, now: at(now))
            #expect((window.outcomes, window.bucketCount) == (1, 1))
        }
    }
}
