import LanguageModels
import ServiceRuntime

/// Which provider is asked for which model.
struct ModelChoice: Sendable {
    /// The provider's default model.
    private let usual: Route
    /// Nil for the provider's default.
    let model: String?

    var provider: any Provider { usual.provider }

    /// - Parameters:
    ///   - model: `provider/model` or `model`. What stands before the first slash is a provider only if one is called so:
    ///     OpenRouter's own ids have slashes too.
    ///   - provider: a provider's name; then a slash in `model` belongs to the model's id, unless the provider repeats
    ///     itself there.
    ///   - registry: the providers there are.
    init(model: String?, provider: String?, registry: ProviderRegistry) throws(LLMError) {
        if let provider {
            guard let found = registry.route(to: provider) else { throw Self.unknown(provider, registry) }
            usual = found
            let prefix = provider + "/"
            self.model = model.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
            return
        }
        if let model, let slash = model.firstIndex(of: "/"), slash != model.startIndex,
            let found = registry.route(to: String(model[..<slash])), model.index(after: slash) != model.endIndex
        {
            usual = found
            self.model = String(model[model.index(after: slash)...])
            return
        }
        guard let found = registry.defaultRoute else {
            throw LLMError(.providerUnavailable, "no language model is configured")
        }
        usual = found
        self.model = model
    }

    /// Where a request goes.
    var route: Route { model.map { Route(provider: provider, model: $0) } ?? usual }

    /// The model's id as a user may write it.
    var description: String { "\(provider.name)/\(model ?? provider.defaultModel)" }

    private static func unknown(_ name: String, _ registry: ProviderRegistry) -> LLMError {
        let names = registry.list().map(\.name).joined(separator: ", ")
        return LLMError(.unknownProvider, "Unknown provider '\(name.excerpt)'. Available: \(names)")
    }
}
