public import Conversations
import LanguageModels
import ServiceRuntime

/// How many requests and tokens somebody has used, and what is left of the limits.
public struct UsageReport: Sendable, Equatable {
    /// The user; nil for all users together.
    public var user: String?
    /// The number of requests within a day, which begins with the first of them.
    public var requestsToday: Int
    /// The number of tokens used within a day.
    public var tokensToday: Int
    /// What is left of each limit; limits that are not set have no entry.
    public var remaining: [UsageLimits.Kind: Int]
}

extension LLMService {
    /// Returns how many requests and tokens a user has used, and what is left.
    ///
    /// - Parameter user: The user's name; nil for all users together.
    public func usage(user: String?) async -> UsageReport {
        await usage(of: user.map(UsageSubject.user) ?? .everybody, user)
    }

    private func usage(of subject: UsageSubject, _ user: String?) async -> UsageReport {
        let (usage, limits) = await limits.usage(of: subject)
        let now = time.timestamp
        let remaining = UsageLimits.Kind.allCases.map { ($0, usage.left($0, of: limits, now)) }
        return UsageReport(
            user: user, requestsToday: usage.used(.day, now), tokensToday: usage.spent(now),
            remaining: Dictionary(uniqueKeysWithValues: remaining).compactMapValues { $0 })
    }

    // MARK: requests

    /// Counts a request before it is done, where limits are on it; ``countUsage(_:)`` settles what it has cost.
    func admit(_ exchange: Exchange) async throws(LLMError) {
        // What is stored costs nothing to tell again, and is not to be kept back.
        if await isAnswered(exchange) { return }
        exchange.admission = .refused
        let tokens = limits.limitsTokens ? await estimate(exchange) : 0
        let id = exchange.options.turnID.map { StepID.make(of: $0, exchange.channel) } ?? StepID.make()
        exchange.admission = .granted(
            try await limits.admit(id, exchange.caller, exchange.channel, tokens: tokens))
    }

    /// Counts what a request has cost, once it is over.
    @inline(never)
    func countUsage(_ exchange: Exchange) {
        let tokens = exchange.meter.tokens
        switch exchange.admission {
        case .refused: return
        case .granted(let admission): limits.settle(admission, spent: tokens)
        case .unlimited: break
        }
        limits.count(exchange.caller, spent: tokens)
    }

    /// Whether its turn is there already: it came before.
    private func isAnswered(_ exchange: Exchange) async -> Bool {
        guard let id = exchange.options.turnID, let channel = exchange.work.channel else { return false }
        return await stores.conversations.value(channel).turns.contains { $0.id == id }
    }

    /// What a request will cost, roughly: its prompt, and an answer of the length that is asked for, or of a usual one. Few
    /// answers are as long as they may be.
    private func estimate(_ exchange: Exchange) async -> Int {
        let answer = min(exchange.options.maxTokens ?? 256, 8192)
        switch exchange.work {
        case .chat(let message, let channel, _):
            return await TokenEstimate.tokens(bytes: message.utf8.count + bytes(of: channel)).adding(answer)
        case .retry(let channel):
            return await TokenEstimate.tokens(bytes: bytes(of: channel)).adding(answer)
        case .complete(let input):
            let system = exchange.options.system?.utf8.count ?? 0
            let bytes = CompletionRequest(input).promptBytes
            return TokenEstimate.tokens(bytes: bytes + system).adding(answer)
        case .summarize(let text, _, _):
            return TokenEstimate.tokens(bytes: text.utf8.count).adding(answer)
        case .embed(let inputs):
            return TokenEstimate.tokens(of: inputs)
        }
    }

    /// What a model will see of a channel's conversation.
    private func bytes(of channel: String) async -> Int {
        await stores.conversations.value(channel).turns.suffix(settings.maxContextMessages / 2).reduce(0) {
            $0 + $1.textBytes
        }
    }
}
