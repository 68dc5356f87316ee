/// What an operator may want to know of the way of a request.
public enum DispatchEvent: Sendable {
    /// The same provider is asked again, after a wait.
    case retrying(provider: String, after: Duration, because: ProviderError)
    /// Another provider is asked.
    case movedOn(from: String, to: String, because: ProviderError)
    /// A provider's key was put aside, and another one is tried.
    case changedKey(provider: String, because: ProviderError)
    /// A provider is left alone, is tried again, or is back.
    case breaker(provider: String, state: BreakerState, because: ProviderError?)
}

extension DispatchEvent {
    /// What a breaker's change tells.
    static func breaker(
        provider: String, _ transition: CircuitBreaker<ProviderError>.Transition
    ) -> DispatchEvent {
        switch transition {
        case .opened(_, let cause): .breaker(provider: provider, state: .open, because: cause)
        case .halfOpen: .breaker(provider: provider, state: .halfOpen, because: nil)
        case .closed: .breaker(provider: provider, state: .closed, because: nil)
        }
    }
}
