import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("Usage")
struct UsageTests {
    @Test("is counted where nothing is limited, and passed on within a second")
    func unlimited() async throws {
        let bench = Bench.limited { _ in }
        for _ in 0..<3 { _ = try await bench.ask() }
        _ = try await bench.complete(as: .plugin("dice"))
        #expect(await bench.used("all") == [0, 0, 0, 0])
        bench.time.advance(by: .seconds(1))
        #expect(await bench.used("user alice") == [3, 3, 3, 90])
        #expect(await bench.used("plugin dice") == [1, 1, 1, 30])
        #expect(await bench.used("all") == [4, 4, 4, 120])
        #expect(await bench.used("channel a") == [0, 0, 0, 0], "nobody asks for it")
        _ = try await bench.ask()
        bench.time.advance(by: .seconds(1))
        #expect(await bench.used("user alice") == [4, 4, 4, 120])
    }

    @Test("is told to the last request")
    func report() async throws {
        let bench = Bench.limited {
            $0.user = UsageLimits(requestsPerMinute: 10, tokensPerDay: 100)
            $0.tokensPerDay = 1000
        }
        for _ in 0..<2 { _ = try await bench.ask() }
        _ = try await bench.ask(as: .plugin(nil))
        #expect(
            await bench.service.usage(user: "alice")
                == UsageReport(
                    user: "alice", requestsToday: 2, tokensToday: 60, remaining: [.minute: 8, .tokens: 40]))
        #expect(
            await bench.service.usage(user: nil)
                == UsageReport(user: nil, requestsToday: 3, tokensToday: 90, remaining: [.tokens: 910]))
        #expect(await bench.service.usage(user: "bob").requestsToday == 0)
        bench.time.advance(by: .seconds(86_400))
        #expect(
            await bench.service.usage(user: "alice")
                == UsageReport(
                    user: "alice", requestsToday: 0, tokensToday: 0, remaining: [.minute: 10, .tokens: 100]))
    }

    @Test("without limits has nothing left to tell of")
    func reportWithoutLimits() async throws {
        let bench = Bench.limited { _ in }
        _ = try await bench.ask("fail")
        #expect(
            await bench.service.usage(user: "alice")
                == UsageReport(user: "alice", requestsToday: 1, tokensToday: 0, remaining: [:]))
    }

    @Test("of summaries and the like is the channel's and everybody's")
    func background() async throws {
        let bench = Bench.limited {
            $0.channel.tokensPerDay = 100
            $0.tokensPerDay = 1000
        }
        bench.service.limits.note(tokens: 70, channel: "a")
        bench.service.limits.note(tokens: 7, channel: nil)
        #expect(await bench.service.usage(user: nil).tokensToday == 77)
        #expect(await bench.used("channel a") == [0, 0, 0, 70])
        bench.service.limits.note(tokens: 70, channel: "a")
        _ = await bench.service.usage(user: nil)
        #expect(try await bench.ask().hasPrefix("rate_limited: Token limit: 100 tokens/day for this channel"))
    }

    @Test("of a summary is counted without a request, also where it comes to nothing")
    func summary() async throws {
        var settings = ServiceSettings(maxContextMessages: 3)
        settings.context.summarizeAfter = 2
        let bench = Bench(settings: settings)
        for number in 1...3 { try await bench.converse("\(number)") }
        let before = await bench.service.usage(user: nil)
        let usage = TokenUsage(promptTokens: 400, completionTokens: 100)
        try await bench.provider.next().answer(" ", usage: usage)
        await bench.service.background.finish()
        let after = await bench.service.usage(user: nil)
        #expect(after.tokensToday == before.tokensToday + 500)
        #expect(after.requestsToday == before.requestsToday)
        #expect(await bench.service.usage(user: "alice").tokensToday == before.tokensToday)
    }

    @Test("is all passed on when the service ends, and after that at once")
    func shutdown() async throws {
        let bench = Bench()
        let pending = try bench.chat("hi")
        let call = try await bench.provider.next()
        try await bench.converse("other", "b")
        bench.service.beginShutdown()
        #expect(await bench.used("user alice").first == 1)
        call.answer("done")
        #expect(try await pending.told() == "done")
        #expect(await bench.used("user alice").first == 2)
    }

    @Test("loses nothing where many count at once")
    func manyAtOnce() async throws {
        let bench = Bench.limited { _ in }
        try await within {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        _ = try await bench.complete(as: .user("user \(number % 5)"))
                        if number % 50 == 0 { bench.time.advance(by: .seconds(1)) }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(await bench.service.usage(user: nil).requestsToday == 500)
        for number in 0..<5 { #expect(await bench.service.usage(user: "user \(number)").tokensToday == 3000) }
    }

    @Test("near a limit is told of once in a window")
    func thresholds() async throws {
        let bench = Bench.limited {
            $0.user = UsageLimits(requestsPerMinute: 10, tokensPerDay: 360)
            $0.channel.requestsPerHour = 5
        }
        let told = bench.thresholds()
        for number in 0..<12 {
            _ = try await bench.ask(in: "channel \(number % 2)")
            await bench.service.background.finish()
        }
        #expect(
            told.all == [
                "- channel 0 hour 4/5", "alice channel 1 minute 8/10", "- channel 1 hour 4/5",
                "alice channel 0 minute 9/10", "- channel 0 hour 5/5", "alice channel 1 minute 10/10",
                "- channel 1 hour 5/5", "alice channel 1 tokens 300/360",
            ])
        bench.time.advance(by: .seconds(60))
        for channel in ["c", "d"] {
            _ = try await bench.ask(in: channel)
            await bench.service.background.finish()
        }
        #expect(told.all.suffix(2) == ["alice c tokens 330/360", "alice d tokens 360/360"])
        #expect(try await bench.ask(in: "e").hasPrefix("rate_limited: Token limit: 360 tokens/day"))
    }

    @Test("of a retried answer is the one's who has it made again")
    func retry() async throws {
        let bench = Bench.limited { _ in }
        _ = try await bench.ask()
        var options = RequestOptions()
        options.caller = .user("bob")
        _ = try await bench.start(.retry(channel: "a"), options).outcome()
        #expect(await bench.service.usage(user: "bob").requestsToday == 1)
        #expect(await bench.service.usage(user: "alice").requestsToday == 1)
    }

    @Test("is what somebody may stop of their own")
    func stopOwn() async throws {
        let bench = Bench()
        let alice = try bench.chat("hi")
        _ = try await bench.provider.next()
        let bob = try bench.start(.chat(message: "ho", channel: "a", username: "bob"))
        #expect(bench.service.cancel(channel: "b", user: "bob") == 0)
        #expect(bench.service.cancel(channel: "a", user: "bob") == 1)
        #expect(try await bob.told() == Told.cancelled)
        #expect(!alice.isDelivered)
        #expect(bench.service.cancel(channel: "a") == 1)
        #expect(try await alice.told() == Told.cancelled)
    }
}
