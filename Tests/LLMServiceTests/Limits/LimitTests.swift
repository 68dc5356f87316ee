import Conversations
import CoreTestSupport
import LanguageModels
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("Limits")
struct LimitTests {
    @Test("let so many through in a minute, and as many again in the next")
    func minute() async throws {
        let bench = Bench.limited { $0.user.requestsPerMinute = 2 }
        #expect(try await bench.ask() == "re: hi")
        bench.time.advance(by: .seconds(18))
        #expect(try await bench.ask() == "re: hi")
        let refused = try await bench.chat("hi").outcome()
        #expect(refused.told == "rate_limited: Rate limit: 2 requests/minute (resets in 42s)")
        guard case .failure(let error) = refused else { return }
        #expect(error.retryAfter == .seconds(42))
        #expect(error.attempts == nil)
        #expect(!error.isProviderFailure)
        #expect(bench.provider.requests.count == 2)
        bench.time.advance(by: .seconds(42))
        #expect(try await bench.ask() == "re: hi")
    }

    @Test("speak of the day in hours, and end with it")
    func day() async throws {
        let bench = Bench.limited { $0.user.requestsPerDay = 1 }
        _ = try await bench.ask()
        #expect(try await bench.ask() == "rate_limited: Rate limit: 1 requests/day (resets in 24 hours)")
        bench.time.advance(by: .seconds(86_399))
        #expect(try await bench.ask() == "rate_limited: Rate limit: 1 requests/day (resets in 1 hour)")
        bench.time.advance(by: .seconds(1))
        #expect(try await bench.ask() == "re: hi")
    }

    @Test("hold however many come at once, whichever way")
    func concurrent() async throws {
        let bench = Bench.limited { $0.user.requestsPerMinute = 10 }
        let told = try await within {
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        number % 2 == 0
                            ? try await bench.ask(in: "channel \(number)") : try await bench.complete()
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(told.count { $0 == "re: hi" } == 10)
        #expect(told.count { $0.hasPrefix("rate_limited: Rate limit: 10 requests/minute") } == 90)
        #expect(bench.provider.requests.count == 10)
        #expect(await bench.used("user alice").first == 10)
    }

    @Test("do not count what somebody else works on, who counts it")
    func passedOn() async throws {
        struct Refusing: Responder {
            let end = Recorder<String>()
            var takesDeltas: Bool { false }
            func mayBegin() async -> Bool { false }
            func delta(_ text: String) {}
            func finish(_ result: Result<Answer, LLMError>) { end.append("finish") }
            func requestLeft() { end.append("left") }
        }
        let bench = Bench.limited { $0.user.requestsPerMinute = 2 }
        for _ in 0..<5 {
            let responder = Refusing()
            var options = RequestOptions()
            options.caller = .user("alice")
            let exchange = try bench.service.submit(
                .chat(message: "hi", channel: "a", username: "alice"), options: options, to: responder)
            try await within { await exchange.run() }
            #expect(responder.end.all == ["left"])
        }
        #expect(await bench.used("user alice") == [0, 0, 0, 0])
        #expect(try await bench.ask() == "re: hi")
    }

    @Test("are each user's own, by the exact name")
    func users() async throws {
        let bench = Bench.limited {
            $0.user.requestsPerMinute = 1
            $0.exempt = ["root"]
        }
        for name in ["alice", "Alice", "alice ", "bob"] { #expect(try await bench.ask(as: .user(name)) == "re: hi") }
        for name in ["alice", "Alice", "alice ", "bob"] {
            #expect(try await bench.ask(as: .user(name)).hasPrefix("rate_limited"))
        }
        for _ in 0..<3 { #expect(try await bench.ask(as: .user("root")) == "re: hi") }
        #expect(try await bench.ask(as: .user("Root")) == "re: hi")
        #expect(try await bench.ask(as: .user("Root")).hasPrefix("rate_limited"))
    }

    @Test("of a channel are for whoever asks there, and for nobody elsewhere")
    func channels() async throws {
        let bench = Bench.limited { $0.channel.requestsPerMinute = 2 }
        #expect(try await bench.ask(as: .user("alice")) == "re: hi")
        #expect(try await bench.ask(as: .plugin("trivia")) == "re: hi")
        #expect(
            try await bench.ask(as: .user("bob"))
                == "rate_limited: Rate limit: 2 requests/minute for this channel (resets in 60s)")
        #expect(try await bench.ask(as: .user("bob"), in: "b") == "re: hi")
        #expect(try await bench.complete() == "re: hi")
    }

    @Test("of plugins are each named plugin's own, and one for those without a name")
    func plugins() async throws {
        let bench = Bench.limited {
            $0.plugins.requestsPerHour = 1
            $0.user.requestsPerHour = 5
        }
        for plugin in ["trivia", "dice", nil] { #expect(try await bench.complete(as: .plugin(plugin)) == "re: hi") }
        bench.time.advance(by: .seconds(61))
        #expect(
            try await bench.complete(as: .plugin("dice"))
                == "rate_limited: Rate limit: 1 requests/hour for this plugin (resets in 59 minutes)")
        #expect(
            try await bench.complete(as: .plugin(nil))
                == "rate_limited: Rate limit: 1 requests/hour for plugins (resets in 59 minutes)")
        #expect(try await bench.complete(as: .user("dice")) == "re: hi")
    }

    @Test("give back what was counted for a request that another limit refuses")
    func givenBack() async throws {
        let bench = Bench.limited {
            $0.user.requestsPerMinute = 5
            $0.user.tokensPerDay = 10_000
            $0.channel.requestsPerMinute = 1
        }
        _ = try await bench.ask()
        for _ in 0..<10 { #expect(try await bench.ask().contains("for this channel")) }
        #expect(await bench.used("user alice") == [1, 1, 1, 30])
        for channel in ["b", "c", "d", "e"] { #expect(try await bench.ask(in: channel) == "re: hi") }
        #expect(try await bench.ask(in: "f").hasSuffix("5 requests/minute (resets in 60s)"))
    }

    @Test("count vectors too, and answers that are made again")
    func allWork() async throws {
        let bench = Bench.limited { $0.user.requestsPerMinute = 3 }
        #expect(try await bench.ask() == "re: hi")
        var options = RequestOptions()
        options.caller = .user("alice")
        #expect(try await bench.start(.retry(channel: "a"), options).told() == "re: hi")
        #expect(try await bench.start(.embed(["x"]), options).told().contains("embeddings"))
        #expect(try await bench.start(.embed(["x"]), options).told().hasPrefix("rate_limited"))
    }

    @Test("count a request that fails, and none that finds no place in line")
    func failures() async throws {
        let bench = Bench.limited { $0.user.requestsPerMinute = 2 }
        #expect(try await bench.ask("fail").hasPrefix("provider_error"))
        #expect(throws: LLMError.self) { try bench.chat(" ") }
        #expect(await bench.used("user alice") == [1, 1, 1, 0])
    }

    @Test("count what is delivered again once, and refuse no answer that is stored")
    func redelivered() async throws {
        let bench = Bench.limited {
            $0.user.requestsPerMinute = 1
            $0.channel.requestsPerMinute = 1
        }
        var options = RequestOptions()
        options.caller = .user("alice")
        options.turnID = "job.1"
        #expect(try await bench.chat("fail", "a", options).told().hasPrefix("provider_error"))
        for _ in 0..<2 { #expect(try await bench.chat("hi", "a", options).told() == "re: hi") }
        #expect(await bench.used("user alice") == [1, 1, 1, 30])
        // Also where nobody remembers that it was counted.
        bench.time.advance(by: .seconds(60))
        #expect(try await bench.ask() == "re: hi")
        for _ in 0..<3 { #expect(try await bench.chat("hi", "a", options).told() == "re: hi") }
        #expect(bench.provider.requests.count == 3)
        options.turnID = "job.2"
        #expect(try await bench.chat("hi", "a", options).told().hasPrefix("rate_limited"))
        #expect(try await bench.chat("hi", "b", options).told().hasPrefix("rate_limited"))
        bench.time.advance(by: .seconds(60))
        #expect(try await bench.chat("hi", "b", options).told() == "re: hi")
    }

    @Test("refuse at once, also behind a message that is being answered")
    func noWaiting() async throws {
        var settings = ServiceSettings()
        settings.limits.user.requestsPerMinute = 1
        let bench = Bench(settings: settings)
        let first = try bench.chat("first")
        let call = try await bench.provider.next()
        #expect(try await bench.chat("second").told().hasPrefix("rate_limited"))
        call.answer("one")
        #expect(try await first.told() == "one")
        #expect(bench.service.load == (0, 0))
    }

    @Test("show in the status that somebody was refused, for a minute")
    func status() async throws {
        let bench = Bench.limited { $0.user.requestsPerHour = 1 }
        _ = try await bench.ask()
        #expect(try await bench.service.status().isRateLimited == false)
        _ = try await bench.ask()
        let status = try await bench.service.status()
        #expect(status.isRateLimited)
        #expect((status.requestsToday, status.tokensToday) == (1, 30))
        bench.time.advance(by: .seconds(60))
        #expect(try await bench.service.status().isRateLimited == false)
    }
}
