import Conversations
import CoreTestSupport
import LanguageModels
import Testing

@testable import LLMService

extension Bench {
    /// A service with limits, and a provider that answers by itself: `re: ` and the question, for 30 tokens unless it is told
    /// otherwise.
    static func limited(
        usage: TokenUsage? = TokenUsage(promptTokens: 20, completionTokens: 10), cache: CacheSettings = CacheSettings(),
        _ set: (inout LimitSettings) -> Void
    ) -> Bench {
        let provider = PuppetProvider { request in
            let question = request.messages.last?.content ?? ""
            if question == "fail" { return .failure(ProviderError(.invalidRequest, "no")) }
            return .success(Completion("re: \(question)", model: "oak", usage: usage))
        }
        var settings = ServiceSettings()
        settings.cache = cache
        set(&settings.limits)
        return Bench(provider, settings: settings)
    }

    /// Asks as somebody, and gives the answer or `code: message`.
    func ask(
        _ message: String = "hi", as caller: Caller = .user("alice"), in channel: String = "a", maxTokens: Int? = nil
    ) async throws -> String {
        var options = RequestOptions(maxTokens: maxTokens)
        options.caller = caller
        return try await chat(message, channel, options).told()
    }

    /// Completes as somebody.
    func complete(
        _ message: String = "hi", as caller: Caller = .user("alice"), temperature: Double? = nil
    ) async throws -> String {
        var options = RequestOptions(temperature: temperature)
        options.caller = caller
        return try await start(.complete(.text(message, system: nil)), options).told()
    }

    /// What was used of the four limits: requests of the minute, the hour, the day, and tokens.
    func used(_ key: String) async -> [Int] {
        let usage = await service.stores.usage.value(key)
        return UsageLimits.Kind.allCases.map { usage.used($0, time.timestamp) }
    }

    /// What is told of thresholds from now on.
    func thresholds() -> Recorder<String> {
        let told = Recorder<String>()
        service.events.subscribe { event in
            guard case .threshold(let kind, let current, let limit, let user, let channel) = event else { return }
            told.append("\(user ?? "-") \(channel ?? "-") \(kind.rawValue) \(current)/\(limit)")
        }
        return told
    }
}
