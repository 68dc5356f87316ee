public import Conversations
public import LanguageModels
public import ServiceRuntime

/// How the service is set.
public struct ServiceSettings: Sendable {
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
        self.personas = personas
        self.defaultPersona = defaultPersona
        self.maxContextMessages = maxContextMessages
        self.maxChannels = maxChannels
        self.queue = queue
        self.requestTimeout = requestTimeout
        self.temperature = temperature
    }
}

/// Which answers are kept for those who ask the same: completions at temperature 0 and embeddings.
public struct CacheSettings: Sendable {
    /// How long; zero for not at all.
    public var ttl: Duration
    /// The most answers.
    public var maxEntries: Int
    /// The most bytes they take together.
    public var maxBytes: Int

    /// Settings; the default keeps nothing.
    public init(ttl: Duration = .zero, maxEntries: Int = 1000, maxBytes: Int = 16 << 20) {
        self.ttl = ttl
        self.maxEntries = maxEntries
        self.maxBytes = maxBytes
    }
}
