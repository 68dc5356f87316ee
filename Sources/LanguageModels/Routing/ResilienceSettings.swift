import Concurrency
import ServiceRuntime
package import Settings

/// When a circuit breaker opens, and how long retries wait, for all providers: the section `resilience`.
public struct ResilienceSettings: Sendable, Equatable {
    /// When a circuit breaker opens.
    public var breaker: BreakerSettings
    /// How long to wait before another attempt.
    public var backoff: RetryBackoff
    /// If a provider asks for a longer wait than this, the next one is asked instead.
    public var maxRetryWait: Duration

    /// Creates settings.
    public init(
        breaker: BreakerSettings = BreakerSettings(), backoff: RetryBackoff = RetryBackoff(),
        maxRetryWait: Duration = .seconds(60)
    ) {
        (self.breaker, self.backoff, self.maxRetryWait) = (breaker, backoff, maxRetryWait)
    }
}

extension ResilienceSettings: Configurable {
    package mutating func read(_ section: inout Section) {
        section.seconds("breaker_window", &breaker.window)
        section.integer("breaker_min_requests", &breaker.minimumRequests, in: 1...)
        section.number(
            "breaker_error_ratio", &breaker.errorRatio, in: .leastNonzeroMagnitude...1,
            as: "a number above 0, at most 1")
        section.seconds("breaker_open_time", &breaker.openTime)
        section.seconds("max_retry_wait", &maxRetryWait, orZero: true)
    }
}

/// Retries, concurrency and fallbacks of one provider.
public struct ProviderPolicy: Sendable, Equatable {
    /// The number of further attempts after a failure that may pass.
    public var maxRetries: Int
    /// The number of calls at the same time; further ones wait. Nil for any number.
    public var maxConcurrent: Int?
    /// The providers that are asked after it, in this order: `provider` or `provider/model`. Nil for the registry's own list.
    public var fallback: [String]?

    /// Creates a policy.
    public init(maxRetries: Int = 2, maxConcurrent: Int? = nil, fallback: [String]? = nil) {
        (self.maxRetries, self.maxConcurrent, self.fallback) = (maxRetries, maxConcurrent, fallback)
    }
}

/// When a circuit breaker opens, and for how long.
public struct BreakerSettings: Sendable, Equatable {
    /// The time for which outcomes count.
    public var window: Duration
    /// The number of outcomes in the window below which the breaker stays closed.
    public var minimumRequests: Int
    /// The share of failures among them, from 0 to 1, at which the breaker opens.
    public var errorRatio: Double
    /// How long the breaker stays open before one request is let through.
    public var openTime: Duration

    /// Creates settings. The default is half of at least ten requests in thirty seconds, for thirty seconds.
    public init(
        window: Duration = .seconds(30), minimumRequests: Int = 10, errorRatio: Double = 0.5,
        openTime: Duration = .seconds(30)
    ) {
        (self.window, self.minimumRequests) = (window, minimumRequests)
        (self.errorRatio, self.openTime) = (errorRatio, openTime)
    }
}

/// How long to wait before a request is sent again: full jitter, so that requests which failed together do not come back
/// together, and never less than the provider asks.
public struct RetryBackoff: Sendable, Equatable {
    /// The longest wait before the first retry; it doubles with each further one.
    public var base: Duration
    /// The longest wait.
    public var cap: Duration

    /// Creates a backoff.
    public init(base: Duration = .milliseconds(500), cap: Duration = .seconds(8)) {
        self.base = base
        self.cap = cap
    }

    /// Returns how long to wait.
    ///
    /// - Parameters:
    ///   - retry: its number, the first being 1.
    ///   - asked: what the provider asks for, which is not capped: whoever finds it too long does not retry.
    ///   - random: returns a number of a range, each as likely as the other.
    func delay(before retry: Int, asked: Duration?, random: (ClosedRange<Double>) -> Double) -> Duration {
        // 2^40 half seconds are longer than anybody waits: more doublings only lead out of the numbers.
        let doublings = min(max(retry, 1) - 1, 40)
        let longest = min(cap, RetryDelay.longest).seconds
        let ceiling = max(0, min(longest, base.seconds * Double(1 << doublings)))
        return max(.seconds(random(0...ceiling)), asked ?? .zero)
    }
}
