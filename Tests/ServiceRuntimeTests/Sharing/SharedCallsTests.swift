import CoreTestSupport
import Synchronization
import Testing

@testable import ServiceRuntime

@Suite("Calls that are shared")
struct SharedCallsTests {
    fileprivate enum Failure: Error, Equatable {
        case cancelled
        case broken
    }

    private typealias Calls = SharedCalls<String, Int, Failure>
    private typealias Answer = (outcome: Result<Int, Failure>, isShared: Bool)

    private let time = ManualTime()
    private let story = Recorder<String>()

    private func calls(ttl: Duration = .seconds(60), entries: Int = 10, bytes: Int = 1_000) -> Calls {
        Calls(ttl: ttl, maxEntries: entries, maxBytes: bytes, time: time, cancelled: .cancelled) { key, value in
            key.utf8.count + value
        }
    }

    /// A task that asks for `key`; the call, should there be need of it, tells that it began and, after `gate`, how it ended.
    private func ask(
        _ calls: Calls, _ key: String = "a", gate: Gate, outcome: Result<Int, Failure> = .success(7)
    ) -> Task<Answer, Never> {
        Task { [story] in
            await calls.value(for: key) {
                story.append("begins")
                await gate.pass()
                story.append(Task.isCancelled ? "is cancelled" : "ends")
                return outcome
            }
        }
    }

    /// Asks for `key` where the answer comes at once.
    private func ask(_ calls: Calls, _ key: String = "a", answer: Result<Int, Failure>) async throws -> Answer {
        let gate = Gate()
        gate.open()
        let task = ask(calls, key, gate: gate, outcome: answer)
        return try await within { await task.value }
    }

    /// Waits until so many wait.
    private func untilWaiting(_ count: Int, _ calls: Calls) async throws {
        try await within { while calls.load.waiting != count { await Task.yield() } }
    }

    private func expect(
        _ task: Task<Answer, Never>, _ outcome: Result<Int, Failure>, isShared: Bool,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await within { await task.value }
        #expect(answer.outcome == outcome, sourceLocation: location)
        #expect(answer.isShared == isShared, sourceLocation: location)
    }

    @Test("a value is kept, from when it came, for its time")
    func kept() async throws {
        let (calls, gate) = (calls(), Gate())
        let first = ask(calls, gate: gate)
        try await within { await gate.reached() }
        time.advance(by: .seconds(50))
        gate.open()
        try await expect(first, .success(7), isShared: false)
        time.advance(by: .seconds(60) - .nanoseconds(1))
        #expect(try await ask(calls, answer: .success(8)) == (.success(7), true))
        time.advance(by: .nanoseconds(1))
        #expect(try await ask(calls, answer: .success(9)) == (.success(9), false))
        #expect(calls.load == (1, 10, 0, 0))
    }

    @Test("who asks while a call runs, joins it", arguments: [Result<Int, Failure>.success(7), .failure(.broken)])
    fileprivate func joined(outcome: Result<Int, Failure>) async throws {
        let (calls, gate) = (calls(), Gate())
        let leader = ask(calls, gate: gate, outcome: outcome)
        try await within { await gate.reached() }
        let others = (0..<20).map { _ in ask(calls, gate: gate, outcome: .success(99)) }
        try await untilWaiting(21, calls)
        #expect(try await ask(calls, "b", answer: .success(1)) == (.success(1), false))
        gate.open()
        try await expect(leader, outcome, isShared: false)
        for other in others { try await expect(other, outcome, isShared: true) }
        #expect(story.all == ["begins", "begins", "ends", "ends"])
        #expect((calls.load.running, calls.load.waiting) == (0, 0))
    }

    @Test("a failure is not kept")
    func failure() async throws {
        let calls = calls()
        #expect(try await ask(calls, answer: .failure(.broken)) == (.failure(.broken), false))
        #expect(try await ask(calls, answer: .success(7)) == (.success(7), false))
        #expect(try await ask(calls, answer: .success(8)) == (.success(7), true))
    }

    @Test("where nothing is kept, calls are shared all the same")
    func nothingKept() async throws {
        let (calls, gate) = (calls(ttl: .zero), Gate())
        let leader = ask(calls, gate: gate)
        try await untilWaiting(1, calls)
        let other = ask(calls, gate: gate)
        try await untilWaiting(2, calls)
        gate.open()
        try await expect(leader, .success(7), isShared: false)
        try await expect(other, .success(7), isShared: true)
        #expect(try await ask(calls, answer: .success(8)) == (.success(8), false))
        #expect(calls.load == (0, 0, 0, 0))
    }

    @Test("a value is as large as it is said to be, its key included")
    func bounded() async throws {
        let calls = calls(entries: 10, bytes: 100)
        #expect(try await ask(calls, "abc", answer: .success(98)) == (.success(98), false))
        #expect(calls.load == (0, 0, 0, 0))
        #expect(try await ask(calls, "abc", answer: .success(97)) == (.success(97), false))
        #expect(calls.load == (1, 100, 0, 0))
    }

    @Test("the leader cancelled, its call goes on for the others")
    func leaderCancelled() async throws {
        let (calls, gate) = (calls(), Gate())
        let leader = ask(calls, gate: gate)
        try await within { await gate.reached() }
        let others = (0..<3).map { _ in ask(calls, gate: gate) }
        try await untilWaiting(4, calls)
        leader.cancel()
        try await expect(leader, .failure(.cancelled), isShared: false)
        #expect((calls.load.running, calls.load.waiting) == (1, 3))
        let late = ask(calls, gate: gate)
        try await untilWaiting(4, calls)
        gate.open()
        for other in others + [late] { try await expect(other, .success(7), isShared: true) }
        #expect(story.all == ["begins", "ends"])
        #expect(try await ask(calls, answer: .success(8)) == (.success(7), true))
    }

    @Test("one of the others cancelled, the leader is not")
    func otherCancelled() async throws {
        let (calls, gate) = (calls(), Gate())
        let leader = ask(calls, gate: gate)
        try await within { await gate.reached() }
        let other = ask(calls, gate: gate)
        try await untilWaiting(2, calls)
        other.cancel()
        try await expect(other, .failure(.cancelled), isShared: true)
        gate.open()
        try await expect(leader, .success(7), isShared: false)
        #expect(story.all == ["begins", "ends"])
    }

    @Test("all cancelled, so is the call, and whoever comes next does not wait for its end")
    func allCancelled() async throws {
        let (calls, gate) = (calls(), Gate())
        let leader = ask(calls, gate: gate)
        try await within { await gate.reached() }
        let other = ask(calls, gate: gate)
        try await untilWaiting(2, calls)
        leader.cancel()
        other.cancel()
        try await expect(leader, .failure(.cancelled), isShared: false)
        try await expect(other, .failure(.cancelled), isShared: true)
        #expect(calls.load == (0, 0, 0, 0))
        #expect(story.all == ["begins"])
        #expect(try await ask(calls, answer: .success(8)) == (.success(8), false))
        gate.open()
        try await within { [story] in while story.all.count < 4 { await Task.yield() } }
        #expect(story.all == ["begins", "begins", "ends", "is cancelled"])
        #expect(try await ask(calls, answer: .success(9)) == (.success(8), true))
    }

    @Test("cancelled before it asks, it asks for nothing")
    func cancelledBefore() async throws {
        let calls = calls()
        let (story, start) = (story, Gate())
        let task = Task<Answer, Never> {
            await start.pass()
            return await calls.value(for: "a") {
                story.append("begins")
                return .success(1)
            }
        }
        task.cancel()
        start.open()
        try await expect(task, .failure(.cancelled), isShared: false)
        // Whatever had been started would have begun before this.
        #expect(try await ask(calls, answer: .success(7)) == (.success(7), false))
        #expect(story.all == ["begins", "ends"])
    }

    @Test("what nobody keeps is let go of")
    func released() async throws {
        let calls = calls()
        weak let gone = calls
        #expect(try await ask(calls, answer: .success(7)) == (.success(7), false))
        _ = consume calls
        try await within { while gone != nil { await Task.yield() } }
    }

    @Test("cancelled at random on all threads, everybody is told once, and nothing is left", arguments: [71, 72, 73])
    func random(seed: UInt64) async throws {
        let calls = calls(ttl: .seconds(1), entries: 2)
        var random = SeededGenerator(seed: seed)
        for round in 0..<20 {
            let tasks = (0..<40).map { index in
                Task {
                    await calls.value(for: "key \(index % 4)") {
                        for _ in 0..<(index % 5) { await Task.yield() }
                        return index % 7 == 0 ? .failure(.broken) : .success(index % 4)
                    }
                }
            }
            let cancelled = Set((0..<40).filter { _ in Int.random(in: 0..<3, using: &random) > 0 })
            try await within {
                await withTaskGroup(of: Void.self) { group in
                    for index in cancelled { group.addTask { tasks[index].cancel() } }
                }
                for (index, task) in tasks.enumerated() {
                    switch await task.value.0 {
                    case .success(let value): #expect(value == index % 4)
                    case .failure(.cancelled): #expect(cancelled.contains(index), "round \(round)")
                    case .failure(.broken): break
                    }
                }
            }
            #expect((calls.load.running, calls.load.waiting) == (0, 0))
            time.advance(by: .seconds(1))
        }
    }
}
