import Synchronization

/// The gates before the providers of a registry, each made when its provider is asked first.
final class ProviderGates: Sendable {
    private let registry: ProviderRegistry
    private let breaker: BreakerSettings
    private let gates = Mutex<[String: ProviderGate]>([:])

    init(_ registry: ProviderRegistry, breaker: BreakerSettings) { (self.registry, self.breaker) = (registry, breaker) }

    /// The gate before the provider of that name.
    subscript(name: String) -> ProviderGate {
        gates.withLock { gates in
            if let gate = gates[name] { return gate }
            let gate = ProviderGate(to: name, registry.policy(of: name), breaker: breaker)
            gates[name] = gate
            return gate
        }
    }

    /// Makes those anew whose providers the registry wants dealt with otherwise now. Attempts under way go on.
    func update() {
        gates.withLock { gates in gates = gates.filter { $0.value.policy == registry.policy(of: $0.key) } }
    }
}
