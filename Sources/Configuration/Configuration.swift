/// Everything the service can be told, checked: what is in here can be used as it stands.
///
/// The defaults are those of `config.json`. ``load(path:explicit:environment:overrides:)`` puts the file, the environment
/// and the command line over them.
package struct Configuration: Sendable, Equatable {
    /// The plugin's name. Default `llm`.
    package var name = "llm"
    /// The old plugin's switch. Tolerated: whoever does not want the service does not start it. Default true.
    package var enabled = true
    /// The provider that answers where a request names none; always a key of ``providers``. Default `ollama`.
    package var defaultProvider = "ollama"
    /// `fallback`: who is asked, in order, where a provider could not answer: each `NAME` or `NAME/MODEL` of a key of
    /// ``providers``, none of them twice. (`resilience.fallback` says the same.) Default: nobody.
    /// ``fallback(of:)`` is what applies to one provider.
    package var fallback: [String] = []
    /// Where NATS is, and how to log in there.
    package var nats = NATS()
    /// The service's bounds and habits.
    package var service = Service()
    /// What of a conversation a model is shown.
    package var context = Context()
    /// How answers look in a room.
    package var chat = Chat()
    /// What is remembered of channels.
    package var memory = Memory()
    /// The providers by name; never empty. Default: `ollama` and `scripted`.
    package var providers: [String: Provider] = [
        "ollama": Provider(name: "ollama", type: .ollama), "scripted": Provider(name: "scripted", type: .scripted),
    ]
    /// Where conversations and all else outlive the process.
    package var state = State()
    /// When a provider that fails is left alone for a while.
    package var resilience = Resilience()
    /// Whether the same question is answered from memory.
    package var cache = Cache()
    /// Work that survives a crash.
    package var jobs = Jobs()
    /// The personas that are added to the built-in ones or replace them, by name. Default: none.
    package var personas: [String: Persona] = [:]
    /// The HTTP interface.
    package var gateway = Gateway()
    /// How much one user may ask.
    package var rateLimits = RateLimits()
    /// How much channels, plugins and all together may.
    package var limits = Limits()
    /// The service as an agent that others find on NATS and prompt.
    package var agents = Agents()
    /// Whether, and how, the service takes part in the bot's own bus.
    package var bridge = Bridge()
    /// What is logged, and how.
    package var logging = Logging()

    /// The defaults.
    package init() {}

    /// The personas that are there without any configuration.
    package static let builtInPersonas = ["default", "concise", "technical", "creative"]
}
