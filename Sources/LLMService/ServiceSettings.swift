public import Conversations
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
    public var lanes: LaneLimits
    /// The longest a request may take, and what it may take where it does not say.
    public var requestTimeout: Duration
    /// Where neither a request nor a persona names one.
    public var temperature: Double

    /// Settings; each has the service's default.
    public init(
        personas: PersonaBook = PersonaBook(), defaultPersona: String = "default", maxContextMessages: Int = 10,
        maxChannels: Int = 10_000, lanes: LaneLimits = LaneLimits(), requestTimeout: Duration = .seconds(300),
        temperature: Double = 0.7
    ) {
        self.personas = personas
        self.defaultPersona = defaultPersona
        self.maxContextMessages = maxContextMessages
        self.maxChannels = maxChannels
        self.lanes = lanes
        self.requestTimeout = requestTimeout
        self.temperature = temperature
    }

    /// How much of a conversation is worth keeping: what can ever be shown to a model.
    var conversationBounds: ConversationBounds { ConversationBounds(turns: max(1, maxContextMessages / 2)) }
}
