import Configuration
import Concurrency
import HTTPTransport
import LanguageModels
import ServiceRuntime

/// Asks every provider for its models, with the key that the service will send.
struct ProviderCheck {
    /// How long each is waited for.
    private static let patience = Duration.seconds(10)

    let configuration: Configuration
    /// Whether the service would choose among the providers (`--provider auto`): then there is no default one.
    let anyProviderWillDo: Bool

    /// Says of each provider whether it can answer. That nobody can is a fault.
    func run(_ report: inout CheckReport) async {
        let client = HTTPClient(maxConnections: 8)
        let registry = ProviderRegistry(configuration, client: client)
        let standIns = registry.fallbackNames(of: configuration.defaultProvider)
        var canAnswer = false
        for provider in registry.list() {
            let isDefault = !anyProviderWillDo && provider.name == configuration.defaultProvider
            let isStandIn = !anyProviderWillDo && standIns.contains(provider.name)
            let label = "Provider \(provider.name)" + (isDefault ? " (default)" : isStandIn ? " (fallback)" : "")
            guard let settings = configuration.providers[provider.name] else { continue }
            if let fault = await fault(of: provider, settings) {
                let text = "\(label): \(fault)"
                if isDefault, standIns.isEmpty { report.bad(text) } else { report.note(text) }
            } else {
                report.good("\(label): available, model \(provider.defaultModel)")
                if isDefault || isStandIn || anyProviderWillDo { canAnswer = true }
            }
        }
        await client.shutDown()
        if !canAnswer { report.bad("Providers: none that the service would ask can answer") }
    }

    /// What keeps a provider from answering, and what to do; nil where nothing does.
    private func fault(of provider: any Provider, _ settings: ProviderSettings) async -> String? {
        if settings.apiKeys.isEmpty, let remedy = settings.missingKey {
            return "not available: it has no key. \(remedy)"
        }
        let models: [String]
        do throws(ProviderError) { models = try await Self.models(of: provider) } catch {
            return "not available: \(error.forOperators). \(settings.remedy(for: error))"
        }
        let model = provider.defaultModel
        // OpenRouter's variants (`name:nitro`) are not listed, and are answered.
        let listed = settings.type == .openrouter ? String(model.prefix { $0 != ":" }) : model
        if models.isEmpty || models.contains(where: { [model, listed, "\(model):latest"].contains($0) }) { return nil }
        let pull = settings.type == .ollama ? "ollama pull \(model), or set" : "Set"
        return "available, but it has no model \(model). \(pull) providers.\(settings.name).default_model to one that "
            + "rosey-llm models lists"
    }

    private static func models(of provider: any Provider) async throws(ProviderError) -> [String] {
        let result = await withTaskGroup(of: Result<[String], ProviderError>.self) { group in
            group.addTask {
                do throws(ProviderError) {
                    return .success(try await provider.models())
                } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .failure(ProviderError(.timeout, "it did not answer within \(Int(patience.seconds)) s"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(ProviderError(.cancelled))
        }
        return try result.get()
    }
}

extension ProviderError {
    /// The sentence, and what was seen: the status, the library's or the provider's words.
    var forOperators: String {
        let seen = [status.map { "HTTP \($0)" }, detail.isEmpty ? nil : detail].compactMap(\.self)
        return message + (seen.isEmpty ? "" : " (\(seen.joined(separator: ": ")))")
    }
}

extension ProviderSettings {
    /// What to do where there is no key and there has to be one; nil where there need not be one.
    fileprivate var missingKey: String? {
        let variable = type.variables.key.map { name == type.rawValue ? "\($0) or " : "" } ?? ""
        switch type {
        case .openrouter: return "Set \(variable)providers.\(name).api_key"
        case .openai where baseURL == OpenAIProvider.defaultBaseURL:
            return "Set \(variable)providers.\(name).api_key"
        default: return nil
        }
    }

    /// What to do about a failure.
    fileprivate func remedy(for error: ProviderError) -> String {
        let place = "providers.\(name).base_url (\(baseURL))"
        switch error.code {
        case .authentication: return "See to the key: providers.\(name).api_key, or the environment's"
        case .quota: return "See to the credit of the account that the key belongs to"
        case .rateLimited: return "Wait, or see to the account's limits"
        case .timeout: return "Is the server up, and does a firewall let \(baseURL) through?"
        case .unknownModel, .badAnswer, .invalidRequest: return "See to \(place)"
        case .unavailable where error.status != nil: return "The server at \(baseURL) has a fault of its own"
        default:
            return type == .ollama
                ? "Start it (ollama serve) or set OLLAMA_HOST; it is looked for at \(baseURL)" : "See to \(place)"
        }
    }
}
