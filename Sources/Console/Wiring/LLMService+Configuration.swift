import BusProtocol
import Configuration
import Conversations
import LLMService
import LanguageModels
import NATSPlugin
import ServiceRuntime

extension ServiceSettings {
    /// The service that the configuration describes.
    init(_ configuration: Configuration) {
        let service = configuration.service
        let personas = configuration.personas.sorted { $0.key < $1.key }.map { name, persona in
            Persona(name: name, prompt: persona.prompt, temperature: persona.temperature, model: persona.model)
        }
        self.init(
            personas: PersonaBook(adding: personas), defaultPersona: service.defaultPersona,
            maxContextMessages: service.maxContextMessages, maxChannels: service.maxChannels,
            queue: QueueLimits(
                running: service.maxConcurrentRequests, waiting: service.maxQueue,
                waitingPerChannel: service.maxQueuePerChannel),
            requestTimeout: service.requestTimeout, temperature: service.temperature)
        let context = configuration.context
        self.context = ContextSettings(
            maxTokens: context.maxTokens, summarizeAfter: context.summarizeAfter, summaryModel: context.summaryModel,
            summaryMaxWords: context.summaryMaxWords)
        // What a prompt shows is there, and what is summarised at a time.
        let least = service.maxContextMessages / 2 + context.summarizeAfter / 2 + 1
        conversationBounds = ConversationBounds(turns: max(context.keepTurns, least))
        let resilience = configuration.resilience
        self.resilience = ResilienceSettings(
            breaker: BreakerSettings(
                window: resilience.breakerWindow, minimumRequests: resilience.breakerMinRequests,
                errorRatio: resilience.breakerErrorRatio, openTime: resilience.breakerOpenTime),
            maxRetryWait: resilience.maxRetryWait)
        let memory = configuration.memory
        self.memory = MemorySettings(
            isEnabled: memory.enabled, maxPerChannel: memory.maxPerChannel, maxInPrompt: memory.inPrompt,
            embeddingModel: memory.embeddingModel, extracts: memory.extract, extractModel: memory.extractModel)
        cache = CacheSettings(
            ttl: configuration.cache.ttl, maxEntries: configuration.cache.maxEntries,
            maxBytes: configuration.cache.maxBytes)
        limits.user = UsageLimits(configuration.rateLimits)
        limits.channel = UsageLimits(configuration.limits.channel)
        limits.plugins = UsageLimits(configuration.limits.plugins)
        limits.tokensPerDay = configuration.limits.tokensPerDay
        limits.exempt = Set(configuration.limits.exempt)
    }
}

extension UsageLimits {
    /// What a section of the configuration says.
    fileprivate init(_ limits: Configuration.RateLimits) {
        self.init(
            requestsPerMinute: limits.requestsPerMinute, requestsPerHour: limits.requestsPerHour,
            requestsPerDay: limits.requestsPerDay, tokensPerDay: limits.tokensPerDay)
    }
}

extension Permissions {
    /// What the section `chat` says.
    fileprivate init(_ chat: Configuration.Chat) {
        let commands = chat.permissions.filter { $0.value == .admins }.keys
        let kinds = commands.map { $0 == .stop ? .cancel : Operation.Kind(rawValue: $0.rawValue) ?? .unknown }
        self.init(admins: chat.admins, restricted: Set(kinds))
    }
}

extension PluginSettings {
    /// The plugin that the configuration describes.
    init(_ configuration: Configuration) {
        let service = configuration.service
        self.init(
            limits: RequestLimits(
                messageBytes: service.maxMessageBytes, images: service.maxImages, imageBytes: service.maxImageBytes,
                embedInputs: service.maxEmbedInputs),
            roomLength: configuration.chat.maxMessageLength, deltaInterval: configuration.chat.deltaInterval,
            permissions: Permissions(configuration.chat), version: Version.current,
            agent: configuration.agents.isEnabled
                ? configuration.agents.owner.map { AgentSettings(owner: $0, name: configuration.agents.name) } : nil,
            bridge: configuration.bridge.isEnabled ? BridgeSettings(configuration) : nil)
        jobs = JobSettings(configuration)
    }
}

extension BridgeSettings {
    /// The part in the bot's bus that the configuration describes.
    init(_ configuration: Configuration) {
        let bridge = configuration.bridge
        self.init(
            name: bridge.name, mentions: bridge.mentions, channel: bridge.channel, length: bridge.maxMessageLength,
            grace: configuration.service.shutdownTimeout + .seconds(1))
    }
}

extension JobSettings {
    /// The jobs that the configuration describes; nil where it wants none.
    init?(_ configuration: Configuration) {
        let jobs = configuration.jobs
        guard jobs.isEnabled else { return nil }
        self.init()
        (takesCommands, resultTTL, maxDeliveries) = (jobs.takesCommands, jobs.resultTTL, jobs.maxDeliveries)
        (ackWait, maxRunning) = (jobs.ackWait, jobs.maxRunning)
        replicas = configuration.state.replicas
    }
}
