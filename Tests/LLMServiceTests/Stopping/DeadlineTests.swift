import CoreTestSupport
import Testing

@testable import LLMService

@Suite struct DeadlineTests {
    @Test func whatRunsAndWhatWaitsAreToldApart() async throws {
        let bench = Bench(settings: ServiceSettings(requestTimeout: .seconds(30)))
        let (first, second) = (try bench.chat("1"), try bench.chat("2"))
        _ = try await bench.provider.next()
        bench.time.advance(by: .seconds(29))
        #expect(!first.isDelivered)
        #expect(!second.isDelivered)
        bench.time.advance(by: .seconds(1))
        #expect(try await first.told() == Told.lateRunning("30 s"))
        #expect(try await second.told() == Told.lateWaiting("30 s"))
        #expect(bench.provider.requests.count == 1)
        #expect(bench.service.load == (0, 0))
        #expect(await bench.turns() == [])
    }

    @Test func theBudgetOfOneThatWaitedRunsOutWhileItRuns() async throws {
        let bench = Bench(settings: ServiceSettings(requestTimeout: .seconds(30)))
        let first = try bench.chat("1")
        let call = try await bench.provider.next()
        bench.time.advance(by: .seconds(10))
        let second = try bench.chat("2")
        bench.time.advance(by: .seconds(10))
        call.answer("x")
        #expect(try await first.told() == "x")
        _ = try await bench.provider.next()
        bench.time.advance(by: .seconds(19))
        #expect(!second.isDelivered)
        bench.time.advance(by: .seconds(1))
        #expect(try await second.told() == Told.lateRunning("30 s"))
    }

    @Test(
        arguments: [
            (nil, "60 s", 60), (.seconds(5), "5 s", 5), (.milliseconds(1_500), "1.5 s", 1.5),
            (.seconds(600), "60 s", 60),
            (.zero, "0 s", 0),
        ] as [(Duration?, String, Double)])
    func aRequestMayAskForLessAndNotForMore(asked: Duration?, budget: String, seconds: Double) async throws {
        let bench = Bench(settings: ServiceSettings(requestTimeout: .seconds(60)))
        let pending = try bench.chat("x", "a", RequestOptions(timeout: asked))
        _ = try await bench.provider.next()
        bench.time.advance(by: .seconds(seconds))
        #expect(try await pending.told() == Told.lateRunning(budget))
    }

    @Test func aShortOneDoesNotWaitForALongOne() async throws {
        let bench = Bench()
        let long = try bench.chat("long", "a", RequestOptions(timeout: .seconds(100)))
        let longCall = try await bench.provider.next()
        let short = try bench.chat("short", "b", RequestOptions(timeout: .seconds(1)))
        _ = try await bench.provider.next()
        bench.time.advance(by: .seconds(1))
        #expect(try await short.told() == Told.lateRunning("1 s"))
        #expect(!long.isDelivered)
        longCall.answer("in time")
        #expect(try await long.told() == "in time")
    }

    @Test func afterTheAnswerTimeDoesNotMatter() async throws {
        let bench = Bench(settings: ServiceSettings(requestTimeout: .seconds(30)))
        try await bench.converse("one")
        bench.time.advance(by: .seconds(1_000))
        try await bench.converse("two")
        #expect(await bench.turns() == ["one | re: one", "two | re: two"])
    }

    @Test func lateBeforeItRunsItAsksNoProvider() async throws {
        let bench = Bench()
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let submission = try bench.service.submit(work, options: RequestOptions(timeout: .seconds(1)))
        bench.time.advance(by: .seconds(1))
        #expect(try await Pending(submission).told() == Told.lateWaiting("1 s"))
        #expect(bench.provider.requests.isEmpty)
    }
}
