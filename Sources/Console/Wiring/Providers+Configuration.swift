import Configuration
import HTTPTransport
import LanguageModels
import ServiceRuntime

extension ProviderRegistry {
    /// The providers of the configuration, on one HTTP client.
    convenience init(_ configuration: Configuration, client: HTTPClient) {
        self.init(default: configuration.defaultProvider)
        for settings in configuration.providers.values.sorted(by: { $0.name < $1.name }) {
            register(Self.provider(settings, client))
        }
    }

    private static func provider(_ settings: Configuration.Provider, _ client: HTTPClient) -> any Provider {
        let timeouts = HTTPTimeouts(
            connect: settings.connectTimeout, firstByte: settings.firstTokenTimeout,
            idle: settings.firstTokenTimeout, total: nil)
        switch settings.type {
        case .ollama:
            var ollama = OllamaSettings()
            ollama.baseURL = settings.baseURL
            ollama.apiKey = settings.apiKey
            ollama.defaultModel = settings.defaultModel
            ollama.timeouts = timeouts
            return OllamaProvider(name: settings.name, settings: ollama, client: client)
        case .openai:
            return OpenAIProvider(
                name: settings.name, apiKey: settings.apiKey, baseURL: settings.baseURL,
                organization: settings.organization, defaultModel: settings.defaultModel, timeouts: timeouts,
                client: client)
        case .openrouter:
            return OpenRouterProvider(
                name: settings.name, apiKey: settings.apiKey, baseURL: settings.baseURL, siteURL: settings.siteURL,
                siteName: settings.siteName, defaultModel: settings.defaultModel, timeouts: timeouts, client: client)
        case .scripted:
            return ScriptedProvider(name: settings.name, rules: settings.rules.map(ScriptedRule.init))
        }
    }

    /// The first that can answer now, those with a model of their own before the scripted one: what `--provider auto`
    /// chooses.
    ///
    /// - Returns: its name, and why it was chosen.
    func firstAvailable() async -> (name: String, reason: String)? {
        var passed: [String] = []
        for name in ["ollama", "openai", "openrouter"] {
            guard let provider = get(name) else { continue }
            if await provider.isAvailable() { return (name, Self.reason("it answers", passed)) }
            passed.append(name)
        }
        return get("scripted").map { _ in
            (
                "scripted",
                Self.reason("no language model, only small talk, but it needs neither a server nor a key", passed)
            )
        }
    }

    private static func reason(_ found: String, _ passed: [String]) -> String {
        passed.isEmpty ? found : "\(found) (not available: \(passed.joined(separator: ", ")))"
    }
}

extension ScriptedRule {
    /// The rule that the configuration describes.
    fileprivate init(_ rule: Configuration.ScriptedRule) {
        let failure = rule.failure.map { failure in
            ProviderError(
                ProviderError.Code(named: (failure.code ?? "").camelCased) ?? .unavailable,
                failure.message ?? "the script says that this fails")
        }
        self.init(
            rule.pattern, replies: rule.replies, delay: rule.delay, chunkSize: rule.chunkSize, failure: failure)
    }
}

extension String {
    /// `rate_limited` as `rateLimited`: the file writes snake case.
    fileprivate var camelCased: String {
        let words = split(separator: "_")
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
