public import Conversations
public import LanguageModels
public import ServiceRuntime
package import Settings

/// How the service is set.
public struct ServiceSettings: Sendable, Equatable {
    /// The personas there are.
    public var personas: PersonaBook
    /// The persona of a channel that chose none.
    public var defaultPersona: String
    /// The most messages of a conversation in a prompt, the new question included.
    public var maxContextMessages: Int
    /// The most conversations in memory.
    public var maxChannels: Int
    /// How much runs, and how much waits.
    public var queue: QueueLimits
    /// The longest a request may take, and what it may take where it does not say.
    public var requestTimeout: Duration
    /// Where neither a request nor a persona names one.
    public var temperature: Double
    /// How failing providers are dealt with.
    public var resilience = ResilienceSettings()
    /// What answers are kept for those who ask the same.
    public var cache = CacheSettings()
    /// What is remembered of channels.
    public var memory = MemorySettings()
    /// What of a conversation a model is shown, and what becomes of the rest.
    public var context = ContextSettings()
    /// How much may be asked and spent.
    public var limits = LimitSettings()
    /// How much of a conversation is kept.
    public var conversationBounds = ConversationBounds(turns: 100)

    /// Settings; each has the service's default.
    public init(
        personas: PersonaBook = PersonaBook(), defaultPersona: String = "default", maxContextMessages: Int = 10,
        maxChannels: Int = 10_000, queue: QueueLimits = QueueLimits(), requestTimeout: Duration = .seconds(300),
        temperature: Double = 0.7
    ) {
        (self.personas, self.defaultPersona) = (personas, defaultPersona)
        (self.maxContextMessages, self.maxChannels, self.queue) = (maxContextMessages, maxChannels, queue)
        (self.requestTimeout, self.temperature) = (requestTimeout, temperature)
    }

    /// Takes over what the section `service` says.
    /// - Parameter personas: the names that `default_persona` may be.
    package mutating func read(_ section: inout Section, personas: [String]) {
        section.integer("max_context_messages", &maxContextMessages, in: 1...)
        section.name("default_persona", &defaultPersona, "persona", among: personas)
        section.integer("max_channels", &maxChannels, in: 1...)
        section.integer("max_concurrent_requests", &queue.running, in: 1...)
        section.integer("max_queue", &queue.waiting, in: 0...)
        section.integer("max_queue_per_channel", &queue.waitingPerChannel, in: 1...)
        section.seconds("request_timeout", &requestTimeout)
        section.number("temperature", &temperature, in: 0...2, as: "a number from 0 to 2")
    }

    /// Takes over what the section `context` says, once `service` is read.
    package mutating func readContext(_ section: inout Section) {
        context.read(&section)
        section.integer("keep_turns", &conversationBounds.turns, in: 1...10_000)
        // What a prompt shows is there, and what is summarised at a time.
        conversationBounds.turns = max(
            conversationBounds.turns, maxContextMessages / 2 + context.summarizeAfter / 2 + 1)
    }
}

/// Which answers are kept for those who ask the same: completions at temperature 0 and embeddings. The section `cache`.
public struct CacheSettings: Sendable, Equatable {
    /// How long; zero for not at all.
    public var ttl: Duration = .zero
    /// The most bytes they take together.
    public var maxBytes = 16 << 20

    /// The default keeps nothing.
    public init() {}
}

extension CacheSettings: Configurable {
    package mutating func read(_ section: inout Section) {
        section.seconds("ttl", &ttl, orZero: true)
        section.integer("max_bytes", &maxBytes, in: 1...)
    }
}
