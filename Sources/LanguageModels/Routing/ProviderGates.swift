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
            let gate = gate(to: name)
            gates[name] = gate
            return gate
        }
    }

    /// Not inlined: the settings would lie in the frame of each request's task, which asks for a gate that is there.
    @inline(never)
    private func gate(to name: String) -> ProviderGate {
        ProviderGate(to: name, registry.policy(of: name), settings: registry.settings(of: name), breaker: breaker)
    }

    /// Makes those anew whose providers are others now, or dealt with otherwise: what an old key has done says nothing of a
    /// new one. Attempts under way go on.
    func update() {
        gates.withLock { gates in
            gates = gates.filter { name, gate in
                gate.policy == registry.policy(of: name) && gate.settings == registry.settings(of: name)
            }
        }
    }
}
