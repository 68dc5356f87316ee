import Configuration
import Conversations
import GatewayCore
import HTTPTransport
import LLMService
import LanguageModels
import Observability

/// Reads the configuration again while the service runs, and has its parts take over what can change.
struct Reload {
    /// What can change: paths, and with a dot at their end all that begins with them.
    private static let changeable = [
        "personas", "providers.", "default_provider", "fallback", "rate_limits.", "limits.", "logging.level",
        "service.default_persona",
    ]

    let source: ConfigurationSource
    /// What the service was started with.
    let started: ConfigurationSource.Loaded
    let registry: ProviderRegistry
    let service: LLMService
    let client: HTTPClient
    let log: Log

    /// Reads and takes over. A configuration with a fault changes nothing.
    ///
    /// - Parameter running: what is in force.
    func run(_ running: inout Configuration) async {
        let new: ConfigurationSource.Loaded
        do throws(CommandFailure) { new = try source.load() } catch {
            return log.error("The configuration has faults: nothing is changed", [.reason: error.description])
        }
        for warning in new.warnings { log.warning("The configuration has a questionable value", [.reason: warning]) }
        let before = running
        running.adopt(new.configuration)
        log.level = running.logLevel
        await updateProviders(running, choosesProvider: new.choosesProvider)
        service.update(running.service)
        let changed = running.changes(from: before)
        log.info(
            "The configuration was read again", [.changed: changed.isEmpty ? "nothing" : changed.joined(separator: " ")]
        )
        for key in pending(new) {
            log.warning("A changed setting is in force only after a restart", [.key: key])
        }
    }

    private func updateProviders(_ configuration: Configuration, choosesProvider: Bool) async {
        let chosen = registry.defaultProvider?.name
        registry.update(configuration, client: client)
        guard choosesProvider else { return }
        if let chosen, registry.get(chosen) != nil { return registry.setDefault(chosen) }
        if let (name, _) = await registry.firstAvailable() { registry.setDefault(name) }
    }

    /// The keys of what has changed since the start, and needs a restart.
    private func pending(_ new: ConfigurationSource.Loaded) -> [String] {
        let paths = Set(new.settings.keys).union(started.settings.keys)
        var keys = paths.filter { new.settings[$0] != started.settings[$0] }
            .filter { path in !Self.changeable.contains { path == $0 || ($0.hasSuffix(".") && path.hasPrefix($0)) } }
            .sorted()
        // Secrets are not among the settings.
        let (old, new) = (started.configuration, new.configuration)
        if old.nats != new.nats, !keys.contains(where: { $0.hasPrefix("nats.") }) { keys.append("nats") }
        if old.gateway.apiKeys != new.gateway.apiKeys { keys.append("gateway.api_keys") }
        return keys
    }
}

extension Configuration {
    /// Takes over from another one what can change while the service runs.
    mutating func adopt(_ other: Configuration) {
        (defaultProvider, fallback, providers) = (other.defaultProvider, other.fallback, other.providers)
        // The bot keeps its name, and the room its line length, until a restart.
        service.personas = other.service.personas.inRoom(of: service.personas)
        service.defaultPersona = other.service.defaultPersona
        service.limits = other.service.limits
        logLevel = other.logLevel
    }

    /// What of that is another than before, by section.
    func changes(from old: Configuration) -> [String] {
        var changes: [String] = []
        if providers != old.providers { changes.append("providers") }
        if defaultProvider != old.defaultProvider { changes.append("default_provider") }
        if fallback != old.fallback { changes.append("fallback") }
        if service.personas != old.service.personas { changes.append("personas") }
        if service.defaultPersona != old.service.defaultPersona { changes.append("service.default_persona") }
        if service.limits != old.service.limits { changes.append("limits") }
        if logLevel != old.logLevel { changes.append("logging.level") }
        return changes
    }
}
