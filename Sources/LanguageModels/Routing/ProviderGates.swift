import Synchronization

/// The gates before the providers of a registry, each made when its provider is asked first.
final class ProviderGates: Sendable {
    private let registry: ProviderRegistry
    private let breaker: BreakerSettings
    /// Each with what its provider was when it was made.
    private let gates = Mutex<[String: (gate: ProviderGate, settings: ProviderSettings?)]>([:])

    init(_ registry: ProviderRegistry, breaker: BreakerSettings) { (self.registry, self.breaker) = (registry, breaker) }

    /// The gate before the provider of that name.
    subscript(name: String) -> ProviderGate {
        gates.withLock { gates in
            if let (gate, _) = gates[name] { return gate }
            let gate = ProviderGate(to: name, registry.policy(of: name), breaker: breaker)
            gates[name] = (gate, registry.settings(of: name))
            return gate
        }
    }

    /// Makes those anew whose providers are others now, or dealt with otherwise: what an old key has done says nothing of a
    /// new one. Attempts under way go on.
    func update() {
        gates.withLock { gates in
            gates = gates.filter { name, known in
                known.gate.policy == registry.policy(of: name) && known.settings == registry.settings(of: name)
            }
        }
    }
}
