import Conversations
public import LanguageModels
public import ServiceRuntime

/// Answers people and programs with language models, and keeps each channel's conversation.
///
///     let service = LLMService(provider: OllamaProvider())
///     let answer = try await service.chat("Hello", channel: "main")
///
/// Channels do not wait for each other; the messages of one are answered one at a time, in the order of the calls. A turn
/// enters the conversation whole, before its answer is handed over, or not at all.
public final class LLMService: Sendable {
    /// The providers it asks.
    public let registry: ProviderRegistry
    /// How it is set.
    public let settings: ServiceSettings
    /// What happens in it.
    public let events = ServiceEvents()
    /// What it has to tell rooms that nobody asked for.
    package let announcements = Watchers<RoomNotice>()
    /// What comes of asking providers, each try for itself; for those who measure.
    package let exchanges = Watchers<ProviderExchange>()
    let stores: ServiceStores
    /// What is asked and spent, and the limits on it.
    package let limits: UsageLimiter
    /// What is done after an answer is out: summaries and the like.
    let background = BackgroundWork(running: 2, waiting: 1000)
    let lanes: Lanes
    /// Those who ask for lists of models. A provider has ten seconds for it, so all are done within twice that.
    let listings = Lanes(limits: LaneLimits(running: 16, waiting: 16, waitingPerLane: 4))
    /// Those who are about the memories of a channel.
    let memoryLanes = Lanes(limits: LaneLimits(running: 64, waiting: 1000))
    let requests = RunningRequests()
    let router: Router
    let cache: AnswerCache?
    let estimator = TokenEstimator()
    let summaryPauses = SummaryPauses()
    let started: ContinuousClock.Instant
    private let deadlines: Deadlines<Lanes.Ticket>
    let time: any TimeSource

    /// A service.
    ///
    /// - Parameters:
    ///   - registry: the providers, one of them the default.
    ///   - settings: personas, bounds, times.
    ///   - stores: where conversations and all else are kept; in memory unless given.
    ///   - time: the clock.
    ///   - onDispatch: hears of retries, fallbacks and breakers; quick, never blocking.
    public init(
        registry: ProviderRegistry, settings: ServiceSettings = ServiceSettings(),
        stores: ServiceStores? = nil, time: any TimeSource = SystemTime(),
        onDispatch: @escaping @Sendable (DispatchEvent) -> Void = { _ in }
    ) {
        self.registry = registry
        self.settings = settings
        self.stores = stores ?? ServiceStores(capacity: settings.maxChannels)
        limits = UsageLimiter(
            settings.limits, store: self.stores.usage, events: events, time: time,
            background: background, longest: settings.requestTimeout)
        self.time = time
        started = time.now
        router = Router(registry, settings: settings.resilience, time: time, onEvent: onDispatch)
        cache = AnswerCache(settings.cache, time: time)
        lanes = Lanes(limits: settings.lanes)
        deadlines = Deadlines(time: time) { [requests] ticket in
            requests.stop(.ticket(ticket)) { .deadline(whileRunning: $0) }
        }
    }

    /// A service with one provider.
    public convenience init(provider: some Provider, settings: ServiceSettings = ServiceSettings()) {
        self.init(registry: ProviderRegistry([provider]), settings: settings)
    }

    // MARK: asking

    /// The next turn of a channel's conversation.
    ///
    /// - Parameters:
    ///   - message: what is asked; not blank.
    ///   - channel: whose conversation it belongs to.
    ///   - username: who asks; the model is told.
    ///   - options: how it is to be answered.
    ///   - deltas: receives the answer piece by piece as it comes.
    /// - Throws: the one reason why there is no answer. The conversation is then as it was.
    public func chat(
        _ message: String, channel: String, username: String? = nil, options: RequestOptions = RequestOptions(),
        deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.chat(message: message, channel: channel, username: username), options, deltas)
    }

    /// An answer outside any conversation.
    public func complete(
        _ prompt: String, options: RequestOptions = RequestOptions(), deltas: DeltaSink? = nil
    ) async throws(LLMError) -> Answer {
        try await answer(.complete(.text(prompt, system: options.system)), options, deltas)
    }

    /// The vectors of some texts, in their order. Another provider is never asked in the place of one that fails: its
    /// vectors would mean something else.
    public func embed(_ inputs: [String], options: RequestOptions = RequestOptions()) async throws(LLMError) -> Answer {
        try await answer(.embed(inputs), options, nil)
    }

    /// Takes a place in line, at once, for whoever has to keep an order of its own.
    ///
    /// - Parameter refusal: says why an answer cannot be delivered, if it cannot.
    /// - Throws: what is wrong with the request, `busy`, or `shutting_down`. Nothing has run then.
    package func submit(
        _ work: Work, options: RequestOptions, refusal: @escaping Submission.Refusal = { _ in nil }
    ) throws(LLMError) -> Submission {
        let ticket: Lanes.Ticket
        do throws(LLMError) {
            try check(work, options)
            ticket = try place(in: work.channel)
        } catch {
            let user = work.user ?? options.caller?.user
            tell(refused: error, channel: work.channel ?? options.channel, user: user)
            throw error
        }
        let requestID = options.requestID ?? RequestID.make()
        let timeout = min(options.timeout ?? settings.requestTimeout, settings.requestTimeout)
        let submission = Submission(
            requestID: requestID, service: self, ticket: ticket, work: work, options: options, arrival: time.now,
            timeout: timeout, refusal: refusal)
        requests.add(ticket, requestID: requestID, channel: submission.channel, user: submission.caller?.user)
        deadlines.add(ticket, at: submission.arrival + timeout)
        // A shutdown that began since the place was taken did not see the request.
        if lanes.isClosed { requests.stop(.ticket(ticket)) { _ in .shutdown } }
        return submission
    }

    private func place(in channel: String?) throws(LLMError) -> Lanes.Ticket {
        do { return try lanes.enter(channel) } catch { throw Self.refusal(error) }
    }

    func answer(_ work: Work, _ options: RequestOptions, _ deltas: DeltaSink?) async throws(LLMError) -> Answer {
        let submission = try submit(work, options: options)
        let outcome = await outcome(of: submission, deltas: deltas)
        tell(outcome, of: submission)
        leave(submission)
        return try outcome.get().value
    }

    // MARK: stopping

    /// Stops the request of that id. Returns how many were stopped.
    public func cancel(requestID: String) -> Int { requests.stop(.requestID(requestID)) { _ in .cancelled } }

    /// Stops what runs and what waits in a channel. Returns how many were stopped.
    public func cancel(channel: String) -> Int { requests.stop(.channel(channel)) { _ in .cancelled } }

    /// Stops what a user has running and waiting in a channel. Returns how many were stopped.
    public func cancel(channel: String, user: String) -> Int {
        requests.stop(.user(user, channel: channel)) { _ in .cancelled }
    }

    /// Takes nothing new, and answers what waits with `shutting_down`. What runs goes on.
    package func beginShutdown() {
        lanes.close()
        listings.close()
        memoryLanes.close()
        background.close()
        limits.close()
        requests.stop(.waiting) { _ in .shutdown }
    }

    /// Answers what still runs with `shutting_down`.
    package func abandon() {
        lanes.close()
        memoryLanes.close()
        background.close()
        requests.stop(.all) { _ in .shutdown }
    }

    /// The requests under way: those that run and those that wait.
    public var load: (running: Int, waiting: Int) { lanes.load }

    /// The request is over and its answer delivered: the next of its channel runs.
    func leave(_ submission: Submission) {
        deadlines.remove(submission.ticket)
        lanes.leave(submission.ticket)
    }

    func elapsed(since arrival: ContinuousClock.Instant) -> Duration { time.now - arrival }

    static func refusal(_ refusal: LaneRefusal) -> LLMError {
        switch refusal {
        case .laneFull: LLMError(.busy, "too many messages are waiting in this channel; please try again in a moment")
        case .serviceFull: LLMError(.busy, "too many messages are waiting; please try again in a moment")
        case .closed: LLMError(.shuttingDown, "the service is restarting; please try again in a moment")
        }
    }
}
