package import BusProtocol
package import GatewayCore
package import LLMService
package import LanguageModels
package import NATSClient
package import NATSPlugin
package import Observability
package import Persistence

/// Everything the service can be told, checked: what is in here can be used as it stands.
///
/// The settings are those of the modules, which state their defaults, their keys and what they may be.
/// ``load(path:explicit:environment:overrides:)`` puts the file, the environment and the command line over the defaults.
package struct Configuration: Sendable, Equatable {
    /// The provider that answers where a request names none; always a key of ``providers``.
    package var defaultProvider = "ollama"
    /// Who is asked, in order, where a provider without a list of its own could not answer: each `NAME` or `NAME/MODEL` of
    /// ``providers``, none of them twice.
    package var fallback: [String] = []
    /// Where NATS is, and how to log in there: at most one way.
    package var nats = NATSOptions(name: "rosey-llm")
    /// The instances that share the bus's messages; in the section `nats`.
    package var group = InstanceGroup()
    /// The service: the sections `personas`, `service`, `context`, `memory`, `resilience`, `cache`, `rate_limits`, `limits`.
    package var service = ServiceSettings()
    /// How much of a request is taken; in the section `service`.
    package var requests = RequestLimits()
    /// How long to finish what runs; in the section `service`.
    package var shutdownTimeout: Duration = .seconds(25)
    /// How answers look in a room, and who may do what there.
    package var chat = ChatSettings()
    /// The providers by name; never empty.
    package var providers = [
        "ollama": ProviderSettings(.ollama), "scripted": ProviderSettings(.scripted),
    ]
    /// Where conversations and all else outlive the process.
    package var state = StateSettings()
    /// Work that survives a crash.
    package var jobs = JobSettings()
    /// The HTTP interface.
    package var gateway = GatewaySettings()
    /// The service as an agent that others find on NATS and prompt.
    package var agent = AgentSettings()
    /// The part in the bot's own bus.
    package var bridge = BridgeSettings()
    /// What is logged: the section `logging`.
    package var logLevel = LogLevel.info
    /// How it is: the section `logging`.
    package var logFormat = LogFormat.text

    /// The defaults.
    package init() {}

    /// What the command line says; it stands above everything else.
    package struct Overrides: Sendable, Equatable {
        /// Servers, separated by commas (`--nats`).
        package var natsURL: String?
        /// The default provider (`--provider`).
        package var provider: String?
        /// The log's level (`--log-level`).
        package var logLevel: LogLevel?
        /// The log's format (`--log-format`).
        package var logFormat: LogFormat?

        /// Nothing overridden.
        package init() {}
    }
}
