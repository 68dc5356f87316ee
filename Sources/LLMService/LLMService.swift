import Concurrency
package import Conversations
public import LanguageModels
public import Observability
public import ServiceRuntime
import Synchronization

/// Answers people and programs with language models, and keeps each channel's conversation.
///
///     let service = LLMService(provider: OllamaProvider())
///     let answer = try await service.chat("Hello", channel: "main")
///
/// Channels do not wait for each other; the messages of one are answered one at a time, in the order of the calls. A turn
/// enters the conversation whole, before its answer is handed over, or not at all.
public final class LLMService: Sendable {
    /// The providers that answer requests.
    public let registry: ProviderRegistry
    /// The settings with which the service was created; personas and limits may have changed since.
    public let settings: ServiceSettings
    private let currentPersonas: Mutex<(book: PersonaBook, standard: String)>
    /// Reports what happens: answers, failures, summaries and so on.
    public let events = EventBus<ServiceEvent>()
    /// What a model found worth remembering, whoever's turn it was being its author: rooms are to know, and nobody asked.
    package let extractions = EventBus<(memory: Memory, channel: String)>()
    let metrics: ServiceMetrics
    let stores: ServiceStores
    /// What is asked and spent, and the limits on it.
    package let limits: UsageLimiter
    /// What is done after an answer is out: summaries and the like.
    let background = BackgroundWork(running: 2, waiting: 1000)
    /// The requests to models.
    let queue: RequestQueue
    /// The requests for lists of models. A provider has ten seconds for it, so all are done within twice that.
    let listings = RequestQueue(limits: QueueLimits(running: 16, waiting: 16, waitingPerChannel: 4))
    /// The requests about the memories of channels.
    let memoryQueue = RequestQueue(limits: QueueLimits(running: 64, waiting: 1000))
    let router: Router
    let cache: AnswerCache?
    let estimator = TokenEstimator()
    let summaryPauses = SummaryPauses()
    let started: ContinuousClock.Instant
    let time: any TimeSource
    /// Runs the requests' tasks.
    package let executor: any TaskExecutor

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - registry: The providers, one of them the default.
    ///   - settings: Personas, bounds and timeouts.
    ///   - stores: Where conversations, memories and usage are kept; in memory unless given.
    ///   - time: The clock.
    ///   - executor: Runs the tasks of requests; nil for the process's event loop.
    ///   - metrics: Where the service's metrics are registered. Each service needs a registry of its own.
    public init(
        registry: ProviderRegistry, settings: ServiceSettings = ServiceSettings(),
        stores: ServiceStores? = nil, time: any TimeSource = SystemTime(), executor: (any TaskExecutor)? = nil,
        metrics: MetricsRegistry = MetricsRegistry()
    ) {
        self.registry = registry
        self.settings = settings
        currentPersonas = Mutex((settings.personas, settings.defaultPersona))
        self.stores = stores ?? ServiceStores(capacity: settings.maxChannels)
        limits = UsageLimiter(
            settings.limits, store: self.stores.usage, events: events, metrics: metrics, time: time,
            background: background, longest: settings.requestTimeout)
        self.time = time
        self.executor = executor ?? EventLoop.shared
        started = time.now
        router = Router(registry, settings: settings.resilience, time: time, metrics: metrics) { [events] in
            events.emit(.routing($0))
        }
        cache = AnswerCache(settings.cache, time: time)
        queue = RequestQueue(limits: settings.queue, time: time)
        self.metrics = ServiceMetrics(metrics)
        for provider in registry.list() { self.metrics.models.expect(provider) }
        addGauges(to: metrics)
    }

    /// Creates a service with one provider.
    public convenience init(provider: some Provider, settings: ServiceSettings = ServiceSettings()) {
        self.init(registry: ProviderRegistry([provider]), settings: settings)
    }

    /// The personas there are now, and the name of the one of a channel that chose none.
    package var personas: (book: PersonaBook, standard: String) { currentPersonas.withLock { $0 } }

    /// Takes over what can change while it runs: the personas, the limits, and what the registry says of its providers.
    /// Requests under way go on as they began.
    package func update(_ settings: ServiceSettings) {
        currentPersonas.withLock { $0 = (settings.personas, settings.defaultPersona) }
        limits.update(settings.limits)
        router.update()
        for provider in registry.list() { metrics.models.expect(provider) }
    }

    // MARK: asking

    /// Answers a message as the next turn of a channel's conversation.
    ///
    /// - Parameters:
    ///   - message: The message; not blank.
    ///   - channel: The channel whose conversation it belongs to.
    ///   - username: The user who asks; the model is told.
    ///   - options: How the message is answered.
    ///   - deltas: Receives the answer piece by piece as the model writes it.
    /// - Throws: The reason why there is no answer. The conversation is then as it was before.
    public func chat(
        _ message: String, channel: String, username: String? = nil, options: RequestOptions = RequestOptions(),
        deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.chat(message: message, channel: channel, username: username), options, deltas)
    }

    /// Answers a prompt outside any conversation.
    public func complete(
        _ prompt: String, options: RequestOptions = RequestOptions(), deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.complete(.text(prompt, system: options.system)), options, deltas)
    }

    /// Returns the vectors of texts, in their order. No other provider is asked in the place of one that fails: its
    /// vectors would mean something else.
    public func embed(_ inputs: [String], options: RequestOptions = RequestOptions()) async throws(LLMError) -> Answer {
        try await answer(.embed(inputs), options, nil)
    }

    /// Takes a request into the queue, at once: whoever has an order to keep calls this in that order.
    ///
    /// - Parameter responder: how the answer leaves.
    /// - Returns: the request, which is to be started.
    /// - Throws: what is wrong with the request, `busy`, or `shutting_down`. Nothing has run then.
    package func submit(
        _ work: Work, options: RequestOptions, to responder: any Responder
    ) throws(LLMError) -> Exchange {
        do throws(LLMError) {
            try check(work, options)
            return try enqueue(work, options, responder)
        } catch {
            let user = work.user ?? options.caller?.user
            report(refused: error, channel: work.channel ?? options.channel, user: user)
            throw error
        }
    }

    private func enqueue(
        _ work: Work, _ options: RequestOptions, _ responder: any Responder
    ) throws(LLMError) -> Exchange {
        let arrival = time.now
        let timeout = min(options.timeout ?? settings.requestTimeout, settings.requestTimeout)
        let requestID = options.requestID ?? RequestID.make()
        let ticket: RequestQueue.Ticket
        do {
            ticket = try queue.enter(
                QueuedRequest(
                    requestID: requestID, channel: options.channel(of: work), isOrdered: work.channel != nil,
                    user: options.caller(of: work)?.user, deadline: arrival + timeout))
        } catch {
            throw Self.refusal(error)
        }
        return Exchange(
            requestID: requestID, work, options, to: responder, arrival: arrival, timeout: timeout, ticket: ticket,
            service: self)
    }

    func answer(_ work: Work, _ options: RequestOptions, _ deltas: DeltaSink?) async throws(LLMError) -> Answer {
        let exchange = try submit(work, options: options, to: DirectResponder(deltas: deltas))
        await exchange.run()
        guard let outcome = exchange.outcome else { preconditionFailure("a request has one end") }
        return try outcome.get()
    }

    // MARK: stopping

    /// Cancels the request with that id. Returns the number of requests cancelled.
    public func cancel(requestID: String) -> Int { queue.stop(.requestID(requestID)) }

    /// Cancels the requests that run or wait in a channel. Returns their number.
    public func cancel(channel: String) -> Int { queue.stop(.channel(channel)) }

    /// Cancels a user's requests that run or wait in a channel. Returns their number.
    public func cancel(channel: String, user: String) -> Int {
        queue.stop(.user(user, channel: channel))
    }

    /// Takes nothing new, and answers what waits with `shutting_down`. What runs goes on.
    package func beginShutdown() {
        queue.close()
        listings.close()
        memoryQueue.close()
        background.close()
        limits.close()
        queue.stop(.notBegun, because: .shutdown)
    }

    /// Answers what still runs with `shutting_down`.
    package func abandon() {
        queue.close()
        memoryQueue.close()
        background.close()
        queue.stop(.all, because: .shutdown)
    }

    /// The number of requests that run, and of those that wait.
    public var load: (running: Int, waiting: Int) { queue.load }

    /// The channels of which requests are under way.
    package var busyChannels: [String] { queue.channels }

    /// Whether a request of a channel is under way.
    package func isBusy(_ channel: String) -> Bool { queue.isBusy(channel) }

    func elapsed(since arrival: ContinuousClock.Instant) -> Duration { time.now - arrival }

    static func refusal(_ refusal: QueueRefusal) -> LLMError {
        switch refusal {
        case .channelFull:
            LLMError(.busy, "too many messages are waiting in this channel; please try again in a moment")
        case .serviceFull: LLMError(.busy, "too many messages are waiting; please try again in a moment")
        case .closed: LLMError(.shuttingDown, "the service is restarting; please try again in a moment")
        }
    }
}
