import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite struct OrderTests {
    @Test func twentyInLineAreAnsweredInTheOrderTheyCame() async throws {
        let bench = Bench(settings: ServiceSettings(maxContextMessages: 100))
        let work = (0..<21).map { Work.chat(message: "\($0)", channel: "a", username: nil) }
        let submissions = try work.map { try bench.service.submit($0, options: RequestOptions()) }
        #expect(bench.service.load == (1, 20))
        let delivered = Recorder<Int>()
        // However the tasks come about, the places in line count.
        let pending = submissions.enumerated().reversed().map { index, submission in
            Pending(submission, onDelivery: { delivered.append(index) })
        }
        for number in 0..<21 {
            let call = try await bench.provider.next()
            #expect(call.question == "\(number)")
            #expect(call.request.messages.count == 2 + number * 2)
            #expect(bench.service.load == (1, 20 - number))
            call.answer("re: \(number)")
        }
        for pending in pending { _ = try await pending.outcome() }
        #expect(delivered.all == Array(0..<21))
        #expect(await bench.turns() == (0..<21).map { "\($0) | re: \($0)" })
        #expect(bench.service.load == (0, 0))
    }

    @Test func channelsDoNotWaitForEachOther() async throws {
        let bench = Bench()
        let slow = try bench.chat("slow", "a")
        let call = try await bench.provider.next()
        let behind = try bench.chat("behind", "a")
        for number in 0..<5 { try await bench.converse("\(number)", "b") }
        try await bench.converse("x", "c")
        #expect(!slow.isDelivered)
        #expect(!behind.isDelivered)
        call.answer("at last")
        try await bench.provider.next().answer("me too")
        #expect(try await slow.told() == "at last")
        #expect(try await behind.told() == "me too")
    }

    @Test func theNextOneRunsWhenTheAnswerIsDeliveredAndNotBefore() async throws {
        let bench = Bench()
        let gate = Gate()
        let first = try bench.service.submit(
            .chat(message: "1", channel: "a", username: nil), options: RequestOptions())
        let delivering = Pending(first, onDelivery: { await gate.pass() })
        let second = try bench.chat("2")
        try await bench.provider.next().answer("x")
        try await within { await gate.reached() }
        #expect(bench.service.load == (1, 1))
        #expect(bench.provider.requests.count == 1)
        gate.open()
        #expect(try await delivering.told() == "x")
        try await bench.provider.next().answer("y")
        #expect(try await second.told() == "y")
    }

    @Test func resetsPersonasAndModelsDoNotWaitBehindASlowModel() async throws {
        let bench = Bench()
        let slow = try bench.chat("slow")
        let call = try await bench.provider.next()
        let persona = try await within {
            _ = await bench.service.reset(channel: "a")
            _ = try await bench.service.setModel("m", of: "a")
            return try await bench.service.setPersona("concise", of: "a")
        }
        #expect(persona == "concise")
        #expect(!slow.isDelivered)
        call.answer("x")
        #expect(try await slow.told() == "x")
    }

    // MARK: limits

    @Test func beyondTheLanesLimitItIsBusyAtOnce() async throws {
        let bench = Bench()
        let pending = try (0..<21).map { try bench.chat("\($0)") }
        let error = #expect(throws: LLMError.self) { try bench.chat("one too many") }
        #expect(error?.code == .busy)
        #expect(error?.message == "too many messages are waiting in this channel; please try again in a moment")
        #expect(error?.code.isRetryable == true)
        // The others are not concerned.
        let other = try bench.chat("x", "b")
        try await answerAll(bench, 22, pending + [other])
        #expect(bench.service.load == (0, 0))
    }

    @Test func beyondTheServicesLimitItIsBusyAtOnce() async throws {
        let limits = QueueLimits(running: 3, waiting: 2, waitingPerChannel: 20)
        let bench = Bench(settings: ServiceSettings(queue: limits))
        let pending = try (0..<5).map { try bench.chat("x", "channel \($0)") }
        for work in [Work.chat(message: "x", channel: "z", username: nil), .complete(.text("x", system: nil))] {
            let error = #expect(throws: LLMError.self) { try bench.start(work) }
            #expect(error?.code == .busy)
            #expect(error?.message == "too many messages are waiting; please try again in a moment")
        }
        #expect(bench.service.load == (3, 2))
        try await answerAll(bench, 5, pending)
        let again = try bench.chat("x", "z")
        try await answerAll(bench, 1, [again])
    }

    /// Answers the next so many calls, and sees that all of `pending` are.
    private func answerAll(_ bench: Bench, _ count: Int, _ pending: some Sequence<Pending>) async throws {
        for _ in 0..<count { try await bench.provider.next().answer("done") }
        for pending in pending { #expect(try await pending.told() == "done") }
    }
}
