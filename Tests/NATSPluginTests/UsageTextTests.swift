@testable import Conversations
import JSON
import Testing

@testable import LLMService
@testable import NATSPlugin

@Suite("What a room reads of usage and limits")
struct UsageTextTests {
    @Test(
        "is a line of what was used, and one of what is left",
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
        #expect(NATSPlugin.usageText(report) == text)
    }

    @Test("shows of a name what fits into a line")
    func name() {
        let report = UsageReport(
            user: "a\n\u{202E}" + String(repeating: "b", count: 300), requestsToday: 0, tokensToday: 0, remaining: [:])
        #expect(NATSPlugin.usageText(report).hasPrefix("Usage of a" + String(repeating: "b", count: 61) + " "))
    }

    @Test("tells of a limit as it is, in the room and to plugins")
    func limit() {
        let text = "Rate limit: 10 requests/minute (resets in 42s)"
        let error = LLMError(.rateLimited, text, retryAfter: .seconds(42))
        #expect(NATSPlugin.roomText(error) == text)
        #expect(NATSPlugin.pluginText(error) == text)
        let bytes = AnswerMessage.failure(error, text: text, to: Echo(requestID: "r"))
        let fields = JSONValue.parse(bytes)?.object
        #expect(fields?["retry_after_s"] == .integer(42))
        #expect(fields?["retryable"] == .bool(true))
        #expect(fields?["code"] == .string("rate_limited"))
    }

    @Test(
        "rounds up the time until there is something again",
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
