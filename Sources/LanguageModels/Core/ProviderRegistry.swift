import Synchronization

/// The providers by name, and the one that answers where a request names none.
///
/// To add a provider, register a type that conforms to ``Provider``.
public final class ProviderRegistry: Sendable {
    private struct State {
        /// Each with its default model.
        var routes: [String: Route] = [:]
        var order: [String] = []
        var defaultName: String?
        var policies: [String: ProviderPolicy] = [:]
        var fallback: [String] = []
        /// Those that come from the configuration, with their settings.
        var configured: [String: ProviderSettings] = [:]
        /// What ``fallbackRoutes(of:)`` found, until something changes.
        var fallbackRoutes: [String: [Route]] = [:]

        func fallback(of name: String) -> [String] { policies[name]?.fallback ?? fallback }
    }

    private let state = Mutex(State())

    /// Creates a registry.
    ///
    /// - Parameters:
    ///   - providers: The providers, in the order in which they are listed; the first is the default.
    ///   - defaultName: The name of another default.
    public init(_ providers: [any Provider] = [], default defaultName: String? = nil) {
        for provider in providers { register(provider) }
        if let defaultName { state.withLock { $0.defaultName = defaultName } }
    }

    /// Has the providers of another configuration from now on. One whose settings are the same stays, with what it knows of
    /// its keys; one that is gone answers whom it was asked by already.
    ///
    /// - Parameters:
    ///   - settings: A provider each.
    ///   - defaultName: The one that answers where none is named.
    ///   - fallback: See ``setFallback(_:)``.
    ///   - provider: Creates the provider that such settings describe.
    package func update(
        _ settings: some Sequence<ProviderSettings>, default defaultName: String, fallback: [String],
        provider: (ProviderSettings) -> any Provider
    ) {
        state.withLock { state in
            let known = state
            state = State(defaultName: defaultName, fallback: fallback)
            for settings in settings {
                let isSame = known.configured[settings.name] == settings
                let route = isSame ? known.routes[settings.name] : nil
                state.routes[settings.name] = route ?? Route(provider: provider(settings), model: nil)
                state.order.append(settings.name)
                state.policies[settings.name] = settings.policy
                state.configured[settings.name] = settings
            }
        }
    }

    /// Adds a provider, or replaces the one of the same name. The first becomes the default.
    public func register(_ provider: some Provider, policy: ProviderPolicy = ProviderPolicy()) {
        state.withLock { state in
            state.fallbackRoutes = [:]
            state.policies[provider.name] = policy
            let route = Route(provider: provider, model: nil)
            if state.routes.updateValue(route, forKey: provider.name) == nil { state.order.append(provider.name) }
            if state.defaultName == nil { state.defaultName = provider.name }
        }
    }

    /// Makes the provider of that name the one that answers if a request names none.
    public func setDefault(_ name: String) {
        state.withLock { $0.defaultName = name }
    }

    /// Sets which providers are asked after one that fails and has no list of its own: `provider` or `provider/model`, in
    /// this order.
    public func setFallback(_ names: [String]) {
        state.withLock { state in
            state.fallbackRoutes = [:]
            state.fallback = names
        }
    }

    /// How the provider of that name is dealt with.
    func policy(of name: String) -> ProviderPolicy { state.withLock { $0.policies[name] ?? ProviderPolicy() } }

    /// The settings of the provider of that name; nil where it does not come from the configuration.
    func settings(of name: String) -> ProviderSettings? { state.withLock { $0.configured[name] } }

    /// The names of the providers that stand in for it, in their order.
    package func fallbackNames(of name: String) -> [String] {
        state.withLock { $0.fallback(of: name) }.map { String($0.prefix { $0 != "/" }) }
    }

    /// Returns what is asked instead of the provider of that name, in this order.
    func fallbackRoutes(of name: String) -> [Route] {
        state.withLock { state in
            if let known = state.fallbackRoutes[name] { return known }
            let routes = state.fallback(of: name).compactMap { entry -> Route? in
                let parts = entry.split(separator: "/", maxSplits: 1).map(String.init)
                guard let first = parts.first, first != name, let provider = state.routes[first]?.provider else {
                    return nil
                }
                return Route(provider: provider, model: parts.count > 1 ? parts[1] : nil)
            }
            state.fallbackRoutes[name] = routes
            return routes
        }
    }

    /// Returns the provider of that name.
    public func get(_ name: String) -> (any Provider)? {
        route(to: name)?.provider
    }

    /// Returns all providers, in the order in which they were registered.
    public func list() -> [any Provider] {
        state.withLock { state in state.order.compactMap { state.routes[$0]?.provider } }
    }

    /// The provider that answers if a request names none; nil if the registry is empty or does not have the default.
    public var defaultProvider: (any Provider)? { defaultRoute?.provider }

    /// The default model of the provider of that name.
    package func route(to name: String) -> Route? { state.withLock { $0.routes[name] } }

    /// The default model of ``defaultProvider``.
    package var defaultRoute: Route? { state.withLock { state in state.defaultName.flatMap { state.routes[$0] } } }
}
