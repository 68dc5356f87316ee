import CoreTestSupport
import ServiceRuntime
import Testing

@Suite("Work that nobody waits for") struct BackgroundWorkTests {
    /// Runs until it is cancelled.
    private func endless(_ started: Recorder<String>, _ name: String) -> @Sendable () async -> Void {
        {
            started.append(name)
            while !Task.isCancelled { await Task.yield() }
        }
    }

    @Test func itRunsAndIsFinished() async throws {
        let work = BackgroundWork(running: 2, waiting: 10)
        let done = Recorder<Int>()
        for number in 0..<12 { #expect(work.start("\(number)") { done.append(number) }) }
        try await within { await work.finish() }
        #expect(Set(done.all) == Set(0..<12))
        #expect(work.count == 0)
        #expect(work.start("0") {}, "a name that is free again")
    }

    @Test func aNameRunsOnceAtATimeAndNoMoreWaitsThanIsToWait() async throws {
        let work = BackgroundWork(running: 1, waiting: 1)
        let started = Recorder<String>()
        #expect(work.start("a", endless(started, "a")))
        #expect(!work.start("a", endless(started, "again")))
        #expect(work.start("b", endless(started, "b")))
        #expect(!work.start("c", endless(started, "c")))
        #expect(work.count == 2)
        work.close()
        try await within { await work.finish() }
        #expect(!started.all.contains("b"), "what waited does not start any more")
        #expect(!work.start("d") {})
        #expect(work.count == 0)
    }
}
