import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite struct CancelTests {
    @Test func aRunningRequestByItsID() async throws {
        let bench = Bench()
        let pending = try bench.chat("x", "a", RequestOptions(requestID: "r1"))
        _ = try await bench.provider.next()
        #expect(bench.service.cancel(requestID: "r1") == 1)
        #expect(bench.service.cancel(requestID: "r1") == 0)
        #expect(try await pending.told() == Told.cancelled)
        #expect(bench.service.cancel(requestID: "r1") == 0)
        #expect(bench.service.load == (0, 0))
    }

    @Test func aWaitingRequestByItsIDAndTheOthersGoOn() async throws {
        let bench = Bench()
        let pending = try (0..<4).map { try bench.chat("\($0)", "a", RequestOptions(requestID: "r\($0)")) }
        let call = try await bench.provider.next()
        #expect(bench.service.cancel(requestID: "r2") == 1)
        // It does not wait for those before it.
        #expect(try await pending[2].told() == Told.cancelled)
        #expect(!pending[0].isDelivered)
        call.answer("0")
        try await bench.provider.next().answer("1")
        try await bench.provider.next().answer("3")
        #expect(try await pending[0].told() == "0")
        #expect(try await pending[1].told() == "1")
        #expect(try await pending[3].told() == "3")
        #expect(await bench.turns() == ["0 | 0", "1 | 1", "3 | 3"])
    }

    @Test func aChannelWhatRunsAndWhatWaits() async throws {
        let bench = Bench()
        let pending = try (0..<5).map { try bench.chat("\($0)", "a") }
        let other = try bench.chat("other", "b")
        let completion = try bench.start(.complete(.text("completion", system: nil)))
        let calls = [try await bench.provider.next(), try await bench.provider.next(), try await bench.provider.next()]
        #expect(bench.service.cancel(channel: "a") == 5)
        #expect(bench.service.cancel(channel: "a") == 0)
        for pending in pending { #expect(try await pending.told() == Told.cancelled) }
        for call in calls { call.answer("done") }
        #expect(try await other.told() == "done")
        #expect(try await completion.told() == "done")
        #expect(bench.provider.requests.count == 3)
        #expect(await bench.turns() == [])
        #expect(bench.service.load == (0, 0))
        try await bench.converse("again")
    }

    @Test func whatIsNotThereIsNotCancelled() async throws {
        let bench = Bench()
        #expect(bench.service.cancel(requestID: "nobody") == 0)
        #expect(bench.service.cancel(channel: "nowhere") == 0)
        try await bench.converse("x", "a", RequestOptions(requestID: "r1"))
        #expect(bench.service.cancel(requestID: "r1") == 0)
        #expect(bench.service.cancel(channel: "a") == 0)
        #expect(await bench.turns() == ["x | re: x"])
    }

    @Test func aCompletionByItsID() async throws {
        let bench = Bench()
        let pending = try bench.start(.complete(.text("x", system: nil)), RequestOptions(requestID: "r1"))
        _ = try await bench.provider.next()
        #expect(bench.service.cancel(requestID: "r1") == 1)
        #expect(try await pending.told() == Told.cancelled)
    }

    @Test func whatIsStoppedBeforeItRunsAsksNoProvider() async throws {
        let bench = Bench()
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let submission = try bench.service.submit(work, options: RequestOptions(requestID: "r1"))
        #expect(bench.service.cancel(requestID: "r1") == 1)
        #expect(try await Pending(submission).told() == Told.cancelled)
        #expect(bench.provider.requests.isEmpty)
        #expect(bench.service.load == (0, 0))
    }

    @Test func tooLateWhenTheAnswerIsBeingDelivered() async throws {
        let bench = Bench()
        let gate = Gate()
        let work = Work.chat(message: "x", channel: "a", username: nil)
        let submission = try bench.service.submit(work, options: RequestOptions(requestID: "r1"))
        let pending = Pending(submission, onDelivery: { await gate.pass() })
        try await bench.provider.next().answer("y")
        try await within { await gate.reached() }
        #expect(bench.service.cancel(requestID: "r1") == 0)
        bench.service.abandon()
        gate.open()
        #expect(try await pending.told() == "y")
        #expect(await bench.turns() == ["x | y"])
    }

    @Test func whoStopsItFirstSaysWhy() async throws {
        let bench = Bench(PuppetProvider(isStubborn: true))
        let pending = try bench.chat("x", "a", RequestOptions(timeout: .seconds(1)))
        let call = try await bench.provider.next()
        #expect(bench.service.cancel(channel: "a") == 1)
        bench.time.advance(by: .seconds(2))
        bench.service.abandon()
        call.answer("too late")
        #expect(try await pending.told() == Told.cancelled)
    }

    // MARK: the calling task

    @Test func theCallingTaskIsCancelledWhileItRuns() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        _ = try await bench.provider.next()
        pending.cancelCaller()
        #expect(try await pending.told() == Told.cancelled)
        #expect(bench.service.load == (0, 0))
        #expect(await bench.turns() == [])
    }

    @Test func theCallingTaskIsCancelledWhileItWaits() async throws {
        let bench = Bench()
        let (first, second, third) = (try bench.chat("1"), try bench.chat("2"), try bench.chat("3"))
        let call = try await bench.provider.next()
        second.cancelCaller()
        #expect(try await second.told() == Told.cancelled)
        call.answer("x")
        try await bench.provider.next().answer("y")
        #expect(try await first.told() == "x")
        #expect(try await third.told() == "y")
        #expect(await bench.turns() == ["1 | x", "3 | y"])
    }

    @Test func theCallingTaskWasCancelledBeforeItCalled() async throws {
        let bench = Bench()
        let gate = Gate()
        let task = Task { () async -> String in
            await gate.pass()
            do throws(LLMError) {
                return try await bench.service.chat("x", channel: "a").content
            } catch {
                return "\(error.code): \(error.message)"
            }
        }
        task.cancel()
        gate.open()
        #expect(try await within { await task.value } == Told.cancelled)
        #expect(await bench.turns() == [])
        #expect(bench.service.load == (0, 0))
    }
}
