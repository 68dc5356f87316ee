import Configuration
import Conversations
import Eliza
import HTTPTransport
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import Persistence
import ServiceRuntime

extension PluginSettings {
    /// The plugin that the configuration describes.
    init(_ configuration: Configuration) {
        let (jobs, agent, bridge) = (configuration.jobs, configuration.agent, configuration.bridge)
        self.init(
            limits: configuration.requests, chat: configuration.chat, jobs: jobs.isEnabled ? jobs : nil,
            version: Version.current, group: configuration.group, agent: agent.owner.isEmpty ? nil : agent,
            bridge: bridge.isEnabled ? bridge : nil)
    }
}

extension StateBucket {
    /// The bucket that the configuration describes; nil where it wants none.
    convenience init?(
        _ configuration: Configuration, on connection: NATSConnection, instance: String, time: any TimeSource,
        log: Log, metrics: MetricsRegistry
    ) {
        let state = configuration.state
        guard state.isEnabled else { return nil }
        self.init(
            on: connection, options: state.options, entries: configuration.service.conversationBounds.turns,
            instance: instance, time: time, onEvent: StateMonitor(log: log, time: time, metrics).observe)
        add(to: metrics)
    }
}

extension ServiceStores {
    /// The stores that the configuration describes: in the bucket, if there is one, else in memory.
    init(_ configuration: Configuration, in bucket: StateBucket?) {
        let channels = configuration.service.maxChannels
        guard let bucket else {
            self.init(capacity: channels)
            return
        }
        // A quarter of the room for what is remembered: it is less than what is said.
        let bytes = configuration.state.memoryBytes
        self.init(
            conversations: bucket.documents(
                of: Conversation.self, limits: ReplicaLimits(documents: channels, bytes: bytes * 3 / 4)),
            memories: bucket.documents(
                of: MemoryBook.self, limits: ReplicaLimits(documents: channels, bytes: bytes / 4)),
            // Instances share it.
            usage: bucket.documents(
                of: Usage.self, limits: ReplicaLimits(bytes: 8 << 20, trust: .seconds(1))))
    }
}

extension ProviderRegistry {
    /// The providers of the configuration, on one HTTP client.
    convenience init(_ configuration: Configuration, client: HTTPClient) {
        self.init()
        update(configuration, client: client)
    }

    /// Has the providers of this configuration from now on.
    func update(_ configuration: Configuration, client: HTTPClient) {
        update(
            configuration.providers.values.sorted { $0.name < $1.name }, default: configuration.defaultProvider,
            fallback: configuration.fallback
        ) { $0.provider(on: client, smallTalk: Eliza.answer) }
    }

    /// The first that can answer now, those with a model of their own before the scripted one: what `--provider auto`
    /// chooses.
    ///
    /// - Returns: its name, and why it was chosen.
    func firstAvailable() async -> (name: String, reason: String)? {
        var passed: [String] = []
        func reason(_ found: String) -> String {
            passed.isEmpty ? found : "\(found) (not available: \(passed.joined(separator: ", ")))"
        }
        for name in ["ollama", "openai", "openrouter"] {
            guard let provider = get(name) else { continue }
            if await provider.isAvailable() { return (name, reason("it answers")) }
            passed.append(name)
        }
        guard get("scripted") != nil else { return nil }
        return ("scripted", reason("no language model, only small talk, but it needs neither a server nor a key"))
    }
}
