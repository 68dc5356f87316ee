public import Conversations
public import LanguageModels
public import ServiceRuntime
package import Settings

/// The settings of the service: the section `service`, and the sections of its parts.
public struct ServiceSettings: Sendable, Equatable {
    /// The personas that can be chosen.
    public var personas: PersonaBook
    /// The persona of a channel that has not chosen one.
    public var defaultPersona: String
    /// The largest number of a conversation's messages in a prompt, the new one included.
    public var maxContextMessages: Int
    /// The largest number of conversations in memory.
    public var maxChannels: Int
    /// How many requests may run, and how many may wait.
    public var queue: QueueLimits
    /// How long a request may take at most, and the default for requests that do not say.
    public var requestTimeout: Duration
    /// The temperature if neither a request nor a persona names one.
    public var temperature: Double
    /// How failing providers are dealt with.
    public var resilience = ResilienceSettings()
    /// Which answers are kept for equal requests.
    public var cache = CacheSettings()
    /// How many facts channels remember.
    public var memory = MemorySettings()
    /// How much of a conversation a model is shown.
    public var context = ContextSettings()
    /// How many requests and tokens may be used.
    public var limits = LimitSettings()
    /// How much of a conversation is kept.
    public var conversationBounds = ConversationBounds(turns: 100)

    /// Creates settings; those that are not given have the service's defaults.
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

/// How long answers are kept for equal requests (completions at temperature 0 and embeddings): the section `cache`.
public struct CacheSettings: Sendable, Equatable {
    /// How long an answer is kept; zero for not at all.
    public var ttl: Duration = .zero
    /// The size of all kept answers together, in bytes.
    public var maxBytes = 16 << 20

    /// Creates settings that keep nothing.
    public init() {}
}

extension CacheSettings: Configurable {
    package mutating func read(_ section: inout Section) {
        section.seconds("ttl", &ttl, orZero: true)
        section.integer("max_bytes", &maxBytes, in: 1...)
    }
}
