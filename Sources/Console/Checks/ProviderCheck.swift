import Configuration
import Concurrency
import HTTPTransport
import LanguageModels
import ServiceRuntime

/// Asks every provider for its models, with each key that the service will send.
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
            let findings = await findings(on: settings, client)
            for finding in findings {
                let text = "\(label): \(finding.text)"
                if finding.isFault, isDefault, standIns.isEmpty { report.bad(text) } else { report.note(text) }
            }
            if findings.isEmpty { report.good("\(label): available, model \(provider.defaultModel)") }
            let isAsked = isDefault || isStandIn || anyProviderWillDo
            if isAsked, !findings.contains(where: \.isFault) { canAnswer = true }
        }
        await client.shutDown()
        if !canAnswer { report.bad("Providers: none that the service would ask can answer") }
    }

    /// Something that is wrong with a provider, and what to do.
    private struct Finding {
        var text: String
        /// Whether it keeps the provider from answering.
        var isFault = true
    }

    private func findings(on settings: ProviderSettings, _ client: HTTPClient) async -> [Finding] {
        if settings.apiKeys.isEmpty, let remedy = settings.missingKey {
            return [Finding(text: "not available: it has no key. \(remedy)")]
        }
        let keys = settings.apiKeys.isEmpty ? [nil] : settings.apiKeys.map(Optional.some)
        var models: [String]?
        var findings: [Finding] = []
        for (index, key) in keys.enumerated() {
            var one = settings
            one.apiKeys = key.map { [$0] } ?? []
            do throws(ProviderError) { models = try await Self.models(of: one.provider(on: client)) } catch {
                let which = keys.count > 1 ? "key \(index + 1) of \(keys.count): " : ""
                let text = "\(error.forOperators). \(settings.remedy(for: error))"
                findings.append(Finding(text: which + "not available: " + text))
                // Another key is no other server.
                if ![.authentication, .quota, .rateLimited].contains(error.code) { break }
            }
        }
        guard let models else { return findings }
        // One key that is taken is enough for an answer.
        for index in findings.indices { findings[index].isFault = false }
        return findings + unlisted(settings, models)
    }

    /// Ollama has the models that it lists. Others have more: variants, names that stand for the newest, what a key alone sees.
    private func unlisted(_ settings: ProviderSettings, _ models: [String]) -> [Finding] {
        let model = settings.defaultModel
        // OpenRouter's variants (`name:nitro`) are not listed, and are answered.
        let listed = settings.type == .openrouter ? String(model.prefix { $0 != ":" }) : model
        if models.isEmpty || models.contains(where: { [model, listed, "\(model):latest"].contains($0) }) { return [] }
        let place = "providers.\(settings.name).default_model to one that rosey-llm models lists"
        let text =
            settings.type == .ollama
            ? "available, but it has no model \(model). ollama pull \(model), or set \(place)"
            : "available, but it does not list the model \(model). If it has no such model, set \(place)"
        return [Finding(text: text, isFault: settings.type == .ollama)]
    }

    private static func models(of provider: any Provider) async throws(ProviderError) -> [String] {
        let result = await withTaskGroup(of: Result<[String], ProviderError>.self) { group in
            group.addTask {
                do throws(ProviderError) {
                    try await (provider as? OpenRouterProvider)?.checkKey()
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
