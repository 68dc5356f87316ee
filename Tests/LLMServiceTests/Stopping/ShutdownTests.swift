import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

@Suite struct ShutdownTests {
    @Test func whatWaitsIsToldAtOnceWhatRunsFinishes() async throws {
        let bench = Bench()
        let pending = try (0..<4).map { try bench.chat("\($0)") }
        let other = try bench.chat("other", "b")
        let calls = [try await bench.provider.next(), try await bench.provider.next()]
        bench.service.beginShutdown()
        for pending in pending.dropFirst() { #expect(try await pending.told() == Told.shutdown) }
        #expect(!pending[0].isDelivered)
        #expect(!other.isDelivered)
        #expect(bench.service.load == (2, 0))
        for call in calls { call.answer("done") }
        #expect(try await pending[0].told() == "done")
        #expect(try await other.told() == "done")
        #expect(await bench.turns() == ["0 | done"])
        #expect(bench.provider.requests.count == 2)
        #expect(bench.service.load == (0, 0))
    }

    @Test(arguments: [
        Work.chat(message: "x", channel: "a", username: nil), .retry(channel: "a"), .complete(.text("x", system: nil)),
    ])
    func nothingNewIsTaken(work: Work) {
        let bench = Bench()
        bench.service.beginShutdown()
        let error = #expect(throws: LLMError.self) { try bench.start(work) }
        #expect(error?.code == .shuttingDown)
        #expect(error?.code.isRetryable == true)
        #expect(bench.service.load == (0, 0))
    }

    @Test(arguments: [false, true])
    func abandonedWhatRunsIsToldToo(isStubborn: Bool) async throws {
        let bench = Bench(PuppetProvider(isStubborn: isStubborn))
        let (running, waiting) = (try bench.chat("1"), try bench.chat("2"))
        let call = try await bench.provider.next()
        bench.service.beginShutdown()
        #expect(try await waiting.told() == Told.shutdown)
        bench.service.abandon()
        if isStubborn { call.answer("too late") }
        #expect(try await running.told() == Told.shutdown)
        #expect(await bench.turns() == [])
        #expect(bench.service.load == (0, 0))
    }

    @Test func abandonedWithoutWarning() async throws {
        let bench = Bench()
        let pending = try (0..<3).map { try bench.chat("\($0)") }
        _ = try await bench.provider.next()
        bench.service.abandon()
        for pending in pending { #expect(try await pending.told() == Told.shutdown) }
        #expect(throws: LLMError.self) { try bench.chat("late") }
    }

    @Test func twiceIsOnce() async throws {
        let bench = Bench()
        let pending = try bench.chat("x")
        let call = try await bench.provider.next()
        bench.service.beginShutdown()
        bench.service.beginShutdown()
        call.answer("y")
        #expect(try await pending.told() == "y")
    }

    /// Just before it enters the queue: the service asks for the time there.
    @Test(arguments: [false, true])
    func whatComesInTheVeryMomentIsRefused(isAbandoned: Bool) async throws {
        let bench = Bench()
        let running = try bench.chat("0")
        let call = try await bench.provider.next()
        bench.time.onNextNow { isAbandoned ? bench.service.abandon() : bench.service.beginShutdown() }
        let error = #expect(throws: LLMError.self) { try bench.chat("1") }
        #expect(error?.code == .shuttingDown)
        if !isAbandoned { call.answer("done") }
        #expect(try await running.told() == (isAbandoned ? Told.shutdown : "done"))
        #expect(bench.provider.requests.count == 1)
    }
}
