import Conversations
public import LanguageModels
import ServiceRuntime

/// The state of the service: load, usage, and the state of each provider.
public struct ServiceStatus: Sendable {
    /// Whether the default provider, or one that stands in for it, could answer now.
    public var isHealthy: Bool
    /// The default provider.
    public var provider: String
    /// Its default model.
    public var model: String
    /// The time since the start.
    public var uptime: Duration
    /// The number of requests that run.
    public var running: Int
    /// The number of requests that wait.
    public var waiting: Int
    /// All providers, in the order they were registered.
    public var providers: [ProviderStatus]
    /// The number of requests of all users within a day, which begins with the first of them.
    public var requestsToday = 0
    /// The number of tokens that these used.
    public var tokensToday = 0
    /// Whether a request was refused for a limit within the last minute, or the budget of all is used up.
    public var isRateLimited = false
}

/// The state of a provider.
public struct ProviderStatus: Sendable {
    /// Its name.
    public var name: String
    /// Whether it could answer now.
    public var isAvailable: Bool
    /// Whether its circuit breaker lets requests through.
    public var breaker: BreakerState
    /// Counts and averages since the start.
    public var statistics: ProviderStatistics
}

extension LLMService {
    /// Returns the state of the service and of its providers. Each provider has a few seconds to answer.
    public func status() async throws(LLMError) -> ServiceStatus {
        let ticket = try await listingTurn(nil)
        defer { listings.leave(ticket) }
        let all = registry.list()
        let providers = await withTaskGroup(of: (Int, ProviderStatus?).self) { group in
            for (index, provider) in all.enumerated() {
                group.addTask { (index, await self.status(of: provider)) }
            }
            var found: [Int: ProviderStatus] = [:]
            for await (index, status) in group { found[index] = status }
            return all.indices.compactMap { found[$0] }
        }
        let first = registry.defaultProvider
        let names = first.map { [$0.name] + registry.fallbackNames(of: $0.name) } ?? []
        let load = self.load
        let usage = await usage(user: nil)
        return ServiceStatus(
            isHealthy: providers.contains { names.contains($0.name) && $0.isAvailable }, provider: first?.name ?? "",
            model: first?.defaultModel ?? "", uptime: elapsed(since: started), running: load.running,
            waiting: load.waiting, providers: providers, requestsToday: usage.requestsToday,
            tokensToday: usage.tokensToday, isRateLimited: limits.hasRefused || usage.remaining[.tokens] == 0)
    }

    private func status(of provider: any Provider) async -> ProviderStatus? {
        guard let report = router.report(on: provider.name) else { return nil }
        // A provider that is left alone is not asked by this door either.
        let isAvailable =
            report.breaker == .open ? false : await bounded { await provider.isAvailable() && !Task.isCancelled }
        return ProviderStatus(
            name: provider.name, isAvailable: isAvailable, breaker: report.breaker, statistics: report.statistics)
    }
}
