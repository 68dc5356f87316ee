/// How a provider is dealt with that fails or is busy.
public struct ProviderPolicy: Sendable {
    /// Further tries after a failure that may pass.
    public var maxRetries: Int
    /// Exchanges with it at once; further ones wait. Nil for any number.
    public var maxConcurrent: Int?
    /// Who is asked instead, in this order: `provider` or `provider/model`. Nil for the registry's own list.
    public var fallback: [String]?

    /// A policy.
    public init(maxRetries: Int = 2, maxConcurrent: Int? = nil, fallback: [String]? = nil) {
        self.maxRetries = maxRetries
        self.maxConcurrent = maxConcurrent
        self.fallback = fallback
    }
}

/// How failing providers are dealt with in general.
public struct ResilienceSettings: Sendable {
    /// When a provider is left alone.
    public var breaker: BreakerSettings
    /// A wait before another try.
    public var backoff: RetryBackoff
    /// A provider that asks for a longer wait than this is not waited for.
    public var maxRetryWait: Duration

    /// Settings.
    public init(
        breaker: BreakerSettings = BreakerSettings(), backoff: RetryBackoff = RetryBackoff(),
        maxRetryWait: Duration = .seconds(60)
    ) {
        self.breaker = breaker
        self.backoff = backoff
        self.maxRetryWait = maxRetryWait
    }
}
