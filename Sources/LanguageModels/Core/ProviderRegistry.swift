import Synchronization

/// The providers by name, and which of them answers where none is named.
///
/// The one place to add a provider: make a type that conforms to ``Provider`` and ``register(_:)`` it.
public final class ProviderRegistry: Sendable {
    private struct State {
        var providers: [String: any Provider] = [:]
        var order: [String] = []
        var defaultName: String?
    }

    private let state = Mutex(State())

    /// A registry.
    ///
    /// - Parameters:
    ///   - providers: registered in this order; the first is the default.
    ///   - defaultName: another default.
    public init(_ providers: [any Provider] = [], default defaultName: String? = nil) {
        for provider in providers { register(provider) }
        if let defaultName { state.withLock { $0.defaultName = defaultName } }
    }

    /// Adds a provider, or replaces the one of the same name. The first becomes the default.
    public func register(_ provider: some Provider) {
        state.withLock { state in
            if state.providers.updateValue(provider, forKey: provider.name) == nil { state.order.append(provider.name) }
            if state.defaultName == nil { state.defaultName = provider.name }
        }
    }

    /// Makes the provider of that name the one that answers where none is named.
    public func setDefault(_ name: String) {
        state.withLock { $0.defaultName = name }
    }

    /// The provider of that name.
    public func get(_ name: String) -> (any Provider)? {
        state.withLock { $0.providers[name] }
    }

    /// All of them, in the order they were registered.
    public func list() -> [any Provider] {
        state.withLock { state in state.order.compactMap { state.providers[$0] } }
    }

    /// The one that answers where none is named; nil when the registry is empty or the default is not in it.
    public var defaultProvider: (any Provider)? {
        state.withLock { state in state.defaultName.flatMap { state.providers[$0] } }
    }
}
