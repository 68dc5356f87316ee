import Configuration
import HTTPTransport
import JSON
import LanguageModels
import NATSClient
import ServiceRuntime

/// `rosey-llm check`: could the service answer, and if not, what is to be done.
struct CheckCommand {
    let terminal: Terminal
    let path: String
    let warnings: [String]
    /// Whether the service would choose among the providers (`--provider auto`): then there is no default one.
    let anyProviderWillDo: Bool

    /// Tries NATS, JetStream and every provider.
    ///
    /// - Throws: where the service could not answer.
    func run(_ configuration: Configuration) async throws(CommandFailure) {
        terminal.say("Configuration \(path): good" + (warnings.isEmpty ? "" : ", with warnings"))
        for warning in warnings { note(warning) }
        let hasNATS = await checkNATS(configuration)
        let hasProvider = try await checkProviders(configuration)
        guard hasNATS, hasProvider else {
            throw CommandFailure(.unavailable, "The service could not answer: see the lines marked \u{2717} above.")
        }
        good("The service can answer.")
    }

    private func checkNATS(_ configuration: Configuration) async -> Bool {
        do throws(CommandFailure) {
            try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
                good("NATS: connected to \(client.connection.connectedServer ?? "a server")")
                await checkJetStream(client.connection)
            }
            return true
        } catch {
            bad("NATS: \(error.description)")
            return false
        }
    }

    private func checkJetStream(_ connection: NATSConnection) async {
        do throws(NATSError) {
            let reply = try await connection.request([], to: "$JS.API.INFO", timeout: .seconds(2))
            if JSONValue.parse(reply.payload)?.object?["error"] == nil { return good("JetStream: enabled") }
        } catch {}
        note("JetStream: not enabled (nats-server -js): a restart will forget every conversation")
    }

    private func checkProviders(_ configuration: Configuration) async throws(CommandFailure) -> Bool {
        let client = HTTPClient(maxConnections: 8)
        let registry = ProviderRegistry(configuration, client: client)
        let standIns = registry.fallbackNames(of: configuration.defaultProvider)
        var canAnswer = false
        for provider in registry.list() {
            let isDefault = !anyProviderWillDo && provider.name == configuration.defaultProvider
            let isStandIn = !anyProviderWillDo && standIns.contains(provider.name)
            let found = await check(
                provider, configuration.providers[provider.name], isDefault: isDefault, isStandIn: isStandIn)
            if isDefault || isStandIn || anyProviderWillDo { canAnswer = canAnswer || found }
        }
        await client.shutDown()
        return canAnswer
    }

    private func check(
        _ provider: any Provider, _ settings: ProviderSettings?, isDefault: Bool, isStandIn: Bool
    ) async -> Bool {
        let name = "Provider \(provider.name)" + (isDefault ? " (default)" : isStandIn ? " (fallback)" : "")
        guard await provider.isAvailable() else {
            let text = "\(name): not available. \(settings?.remedy ?? "")"
            if isDefault { bad(text) } else { note(text) }
            return false
        }
        let model = provider.defaultModel
        let models = (try? await provider.models()) ?? []
        guard models.isEmpty || models.contains(where: { $0 == model || $0 == "\(model):latest" }) else {
            let pull = settings?.type == .ollama ? "; get it with: ollama pull \(model)" : ""
            let text = "\(name): available, but has no model \(model)\(pull)"
            if isDefault { bad(text) } else { note(text) }
            return false
        }
        good("\(name): available, model \(model)")
        return true
    }

    private func good(_ text: String) { terminal.say(terminal.styled("\u{2713}", .green) + " \(text)") }
    private func note(_ text: String) { terminal.say(terminal.styled("!", .yellow) + " \(text)") }
    private func bad(_ text: String) { terminal.say(terminal.styled("\u{2717}", .red) + " \(text)") }
}

extension ProviderSettings {
    /// What makes it available.
    fileprivate var remedy: String {
        switch type {
        case .ollama: "Start it (ollama serve) or set OLLAMA_HOST; it is looked for at \(baseURL)"
        case .openai where apiKeys.isEmpty: "Set OPENAI_API_KEY or providers.\(name).api_key"
        case .openrouter where apiKeys.isEmpty: "Set OPENROUTER_API_KEY or providers.\(name).api_key"
        case .openai, .openrouter: "\(baseURL)/models did not answer with this key"
        case .scripted: ""
        }
    }
}
