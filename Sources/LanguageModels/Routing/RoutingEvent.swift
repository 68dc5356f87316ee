import Observability

/// What an operator may want to know of the way of a request.
public enum RoutingEvent: Sendable {
    /// The same provider is asked again, after a wait.
    case retrying(provider: String, after: Duration, because: ProviderError)
    /// Another provider is asked.
    case movedOn(from: String, to: String, because: ProviderError)
    /// A provider's key was put aside, and another one is tried.
    case changedKey(provider: String, because: ProviderError)
    /// A provider is left alone, is tried again, or is back.
    case breaker(provider: String, state: BreakerState, because: ProviderError?)
}

extension RoutingEvent {
    /// Returns what a breaker's change tells.
    static func breaker(provider: String, _ transition: ProviderGate.Breaker.Transition) -> RoutingEvent {
        switch transition {
        case .opened(_, let cause): .breaker(provider: provider, state: .open, because: cause)
        case .halfOpen: .breaker(provider: provider, state: .halfOpen, because: nil)
        case .closed: .breaker(provider: provider, state: .closed, because: nil)
        }
    }
}

/// What becomes of providers that fail, by provider: those of the registry, so there are few.
struct RoutingMetrics: Sendable {
    private let retries, fallbacks, keyChanges, openings: MetricFamily<Counter>

    /// - Parameter providers: begin at 0.
    init(_ registry: MetricsRegistry, providers: [String]) {
        retries = registry.counters(
            "rosey_llm_provider_retries_total", "Further tries at the same provider, after a wait.", by: "provider")
        fallbacks = registry.counters(
            "rosey_llm_provider_fallbacks_total", "Requests that went on to another provider from this one.",
            by: "provider")
        keyChanges = registry.counters(
            "rosey_llm_provider_key_changes_total",
            "Keys of the provider that were put aside for a while, and another one tried.", by: "provider")
        openings = registry.counters(
            "rosey_llm_breaker_openings_total", "Times the provider began to be left alone for a while.",
            by: "provider")
        for family in [retries, fallbacks, keyChanges, openings] { for name in providers { _ = family[name] } }
    }

    /// Counts what happened.
    func count(_ event: RoutingEvent) {
        switch event {
        case .retrying(let provider, _, _): retries[provider].add()
        case .movedOn(let provider, _, _): fallbacks[provider].add()
        case .changedKey(let provider, _): keyChanges[provider].add()
        case .breaker(let provider, .open, _): openings[provider].add()
        case .breaker: break
        }
    }
}

extension BreakerState {
    /// As it is shown in metrics, in order of severity.
    var severity: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
