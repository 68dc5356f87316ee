import BusProtocol
@testable import Conversations
import ServiceRuntime
import Testing

@testable import LLMService
@testable import LanguageModels
@testable import NATSPlugin

@Suite("What people read in answers of the service's own")
struct ServiceTextsTests {
    @Test("The help has one line a command, and the personas there are")
    func help() {
        let lines = ServiceTexts.help(personas: ["default", "pirate"], remembers: true).split(separator: "\n")
        #expect(lines.first == "LLM Chat Commands:")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("!chat ") && $0.contains(" - ") })
        #expect(lines.contains("!chat persona [name] - Change or list personas (default, pirate)"))
        #expect(lines.contains("!chat <message> - Send a message to the LLM"))
        #expect(lines.contains("!chat reset - Clear conversation context"))
        #expect(lines.contains("!chat usage - Show what you have asked and spent today, and what is left"))
        #expect(
            lines.suffix(4) == [
                "!chat remember <fact> - Store a fact in memory", "!chat recall <query> - Recall memories by keyword",
                "!chat forget <id> - Forget a specific memory", "!chat help - Show this help message",
            ])
        let without = ServiceTexts.help(personas: [], remembers: false)
        #expect(!without.contains("memory") && without.hasSuffix("\n!chat help - Show this help message"))
    }

    @Test("The status has a line a provider, and is no empty text where there is nobody to ask")
    func status() {
        func text(_ providers: [ProviderStatus]) -> String {
            ServiceTexts.status(
                ServiceStatus(
                    isHealthy: true, provider: "ollama", model: "m", uptime: .zero, running: 0, waiting: 0,
                    providers: providers), InstancesStatus(instances: []))
        }
        var statistics = ProviderStatistics()
        statistics.addSuccess(in: .microseconds(412_400), nil)
        #expect(
            text([
                ProviderStatus(name: "ollama", isAvailable: true, breaker: .closed, statistics: ProviderStatistics()),
                ProviderStatus(
                    name: "openai", isAvailable: false, breaker: .halfOpen, statistics: ProviderStatistics()),
                ProviderStatus(name: "box", isAvailable: true, breaker: .open, statistics: statistics),
            ]) == """
                ollama: available, breaker closed, no answer yet
                openai: not available, breaker half open, no answer yet
                box: available, breaker open, mean latency 412 ms
                """)
        #expect(text([]) == "There is no provider.")
    }

    @Test(
        "The usage is a line of what was used, and one of what is left",
        arguments: [
            (0, 0, [:], "Usage of alice today: 0 requests, 0 tokens."),
            (1, 1, [.minute: 1], "Usage of alice today: 1 request, 1 token.\nLeft: 1 request this minute."),
            (
                3, 420, [.minute: 7, .hour: 97, .day: 1, .tokens: 49_580],
                "Usage of alice today: 3 requests, 420 tokens.\nLeft: 7 requests this minute, 97 this hour, 1 today, "
                    + "49580 tokens today."
            ),
            (5, 9, [.tokens: 0], "Usage of alice today: 5 requests, 9 tokens.\nLeft: 0 tokens today."),
        ] as [(Int, Int, [UsageLimits.Kind: Int], String)])
    func text(requests: Int, tokens: Int, left: [UsageLimits.Kind: Int], text: String) {
        let report = UsageReport(user: "alice", requestsToday: requests, tokensToday: tokens, remaining: left)
        #expect(ServiceTexts.usage(report) == text)
    }

    @Test("The usage shows of a name what fits into a line")
    func name() {
        let report = UsageReport(
            user: "a\n\u{202E}" + String(repeating: "b", count: 300), requestsToday: 0, tokensToday: 0, remaining: [:])
        #expect(ServiceTexts.usage(report).hasPrefix("Usage of a" + String(repeating: "b", count: 61) + " "))
    }

    @Test("A limit is told as it is, in the room and to plugins")
    func limit() {
        let text = "Rate limit: 10 requests/minute (resets in 42s)"
        let error = LLMError(.rateLimited, text, retryAfter: .seconds(42))
        #expect(ServiceTexts.failure(error, through: .command) == text)
        #expect(ServiceTexts.failure(error, through: .request) == text)
    }

    @Test(
        "A limit rounds up the time until there is something again",
        arguments: [
            (.minute, 41_001, "10 requests/minute (resets in 42s)", 42),
            (.minute, 1, "10 requests/minute (resets in 1s)", 1), (.minute, 0, "10 requests/minute (resets in 1s)", 1),
            (.hour, 3_600_000, "10 requests/hour (resets in 60 minutes)", 3600),
            (.hour, 60_001, "10 requests/hour (resets in 2 minutes)", 61),
            (.hour, 60_000, "10 requests/hour (resets in 1 minute)", 60),
            (.day, 86_399_000, "10 requests/day (resets in 24 hours)", 86_399),
            (.tokens, 3_600_000, "10 tokens/day (resets in 1 hour)", 3600),
        ] as [(UsageLimits.Kind, Int, String, Int)])
    func rounding(kind: UsageLimits.Kind, milliseconds: Int, text: String, seconds: Int) {
        let refusal = Usage.Refusal(kind: kind, limit: 10, resetsIn: .milliseconds(milliseconds))
        let error = LLMError(refusal, of: .user("alice"))
        #expect(error.message == (kind == .tokens ? "Token limit: " : "Rate limit: ") + text)
        #expect(error.retryAfter == .seconds(seconds))
        #expect(LLMError(refusal, of: .channel("c")).message.contains(" for this channel (resets in "))
    }
}
