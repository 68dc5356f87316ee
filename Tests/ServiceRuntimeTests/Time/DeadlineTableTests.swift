import CoreTestSupport
import Testing

@testable import ServiceRuntime

@Suite struct DeadlineTableTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func onlyAnEarlierDeadlineNeedsANewTimer() {
        var table = DeadlineTable<Int>()
        #expect(table.add(1, at: at(100)) == at(100))
        #expect(table.add(2, at: at(100)) == nil)
        #expect(table.add(3, at: at(500)) == nil)
        #expect(table.add(4, at: at(50)) == at(50))
        #expect(table.add(5, at: at(70)) == nil)
    }

    @Test func atADeadlineWhoeverIsLateIsNamedAndTheNextTimerSet() {
        var table = DeadlineTable<Int>()
        _ = table.add(1, at: at(100))
        _ = table.add(2, at: at(100))
        _ = table.add(3, at: at(500))
        let first = table.expire(at(100), now: at(101))
        #expect(first.late.sorted() == [1, 2])
        #expect(first.next == at(500))
        let second = table.expire(at(500), now: at(500))
        #expect(second.late == [3])
        #expect(second.next == nil)
    }

    @Test func whatIsDoneIsNeverLate() {
        var table = DeadlineTable<Int>()
        _ = table.add(1, at: at(100))
        _ = table.add(2, at: at(300))
        table.remove(1)
        table.remove(99)
        let first = table.expire(at(100), now: at(100))
        #expect(first.late == [])
        #expect(first.next == at(300))
        table.remove(2)
        let second = table.expire(at(300), now: at(300))
        #expect(second.late == [])
        #expect(second.next == nil)
        #expect(table.add(3, at: at(400)) == at(400))
    }

    @Test func aTimerThatAnEarlierOneReplacedSaysNothing() {
        var table = DeadlineTable<Int>()
        _ = table.add(1, at: at(100))
        _ = table.add(2, at: at(50))
        #expect(table.expire(at(50), now: at(50)).next == at(100))
        _ = table.add(3, at: at(60))
        let stale = table.expire(at(50), now: at(55))
        #expect(stale.late == [])
        #expect(stale.next == nil)
    }

    @Test func aTimerThatComesTooEarlyIsSetAgain() {
        var table = DeadlineTable<Int>()
        _ = table.add(1, at: at(100))
        let early = table.expire(at(100), now: at(100) - .nanoseconds(1))
        #expect(early.late == [])
        #expect(early.next == at(110) - .nanoseconds(1))
        #expect(table.expire(at(110) - .nanoseconds(1), now: at(110)).late == [1])
    }

    @Test func deadlinesCloseTogetherShareATimer() {
        var table = DeadlineTable<Int>()
        for id in 0..<9 { _ = table.add(id, at: at(100 + id)) }
        let first = table.expire(at(100), now: at(100))
        #expect(first.late == [0])
        #expect(first.next == at(110))
        let second = table.expire(at(110), now: at(110))
        #expect(second.late.sorted() == Array(1..<9))
        #expect(second.next == nil)
    }

    @Test func aDeadlineSetAnewIsTheOneThatCounts() {
        var table = DeadlineTable<Int>()
        _ = table.add(1, at: at(100))
        _ = table.add(1, at: at(200))
        let first = table.expire(at(100), now: at(100))
        #expect(first.late == [])
        #expect(first.next == at(200))
    }

    /// Random requests, each with a deadline, many of them done in time.
    @Test(arguments: [21, 22, 23])
    func eachThatIsLateIsNamedOnceAndInTime(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = DeadlineTable<Int>()
        var open: [Int: Int] = [:]
        var timers: [ContinuousClock.Instant] = []
        for now in 0..<5_000 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                let deadline = now + Int.random(in: 1...400, using: &random)
                open[now] = deadline
                if let timer = table.add(now, at: at(deadline)) { timers.append(timer) }
            }
            if Int.random(in: 0..<4, using: &random) == 0, let id = open.keys.sorted().randomElement(using: &random) {
                open[id] = nil
                table.remove(id)
            }
            for timer in timers where timer <= at(now) {
                let (late, next) = table.expire(timer, now: at(now))
                for id in late {
                    guard let deadline = open.removeValue(forKey: id) else {
                        Issue.record("\(id) was done, and is called late")
                        continue
                    }
                    #expect(deadline <= now, "\(id) is called late too early")
                    #expect(now - deadline <= 10, "\(id) is called late too late")
                }
                if let next { timers.append(next) }
            }
            timers.removeAll { $0 <= at(now) }
            let overdue = open.filter { $0.value < now - 10 }
            #expect(overdue.isEmpty, "nobody was told that \(overdue) are late")
        }
    }
}
