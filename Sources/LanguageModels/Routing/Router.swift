package import Observability
package import ServiceRuntime

/// Gets a request answered: follows its ``RoutePlan``, and leaves providers alone that fail too often.
///
/// One loop for completions and embeddings. What comes before and after a wait is synchronous and in functions of its own:
/// thousands of these loops wait at once.
package final class Router: Sendable {
    private let registry: ProviderRegistry
    private let settings: ResilienceSettings
    private let time: any TimeSource
    private let random: @Sendable (ClosedRange<Double>) -> Double
    private let metrics: RoutingMetrics
    private let onEvent: @Sendable (RoutingEvent) -> Void
    private let gates: ProviderGates

    /// - Parameters:
    ///   - registry: the providers and their policies.
    ///   - random: returns a number of a range; for tests.
    ///   - metrics: where what becomes of failing providers is counted.
    ///   - onEvent: hears what an operator may want to know; quick, never blocking.
    package init(
        _ registry: ProviderRegistry, settings: ResilienceSettings, time: any TimeSource,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double = { Double.random(in: $0) },
        metrics: MetricsRegistry = MetricsRegistry(),
        onEvent: @escaping @Sendable (RoutingEvent) -> Void
    ) {
        self.registry = registry
        gates = ProviderGates(registry, breaker: settings.breaker)
        self.settings = settings
        self.time = time
        self.random = random
        self.onEvent = onEvent
        self.metrics = RoutingMetrics(metrics, providers: registry.list().map(\.name))
        metrics.add(
            "rosey_llm_breaker_state", .gauge,
            "Whether a provider is asked: 0 it is, 1 one request at a time tries it, 2 it is left alone.",
            by: "provider"
        ) { [weak self] in
            registry.list().compactMap { provider in
                self?.report(on: provider.name).map { (provider.name, $0.breaker.severity) }
            }
        }
    }

    /// Asks providers until one answers, or none is left to be asked.
    package func answer(to request: any RoutedRequest) async throws(RoutingFailure) -> RoutedAttempt {
        var (request, plan) = (request, plan(for: request))
        while true {
            switch plan.next {
            case .fail(let failure):
                guard let another = request.followUp(to: failure) else { throw failure }
                (request, plan) = (another, self.plan(for: another, after: failure.attempts))
            case .wait(let delay):
                do {
                    try await time.sleep(until: time.now + delay)
                    plan.waited()
                } catch {
                    fail(&plan, ProviderError(.cancelled), request)
                }
            case .attempt(let route):
                let gate = gates[route.provider.name]
                var slot: RequestQueue.Ticket?
                if gate.slots != nil {
                    do throws(ProviderError) { slot = try await gate.acquireSlot(now: time.now) } catch {
                        fail(&plan, error, request)
                        continue
                    }
                }
                guard let attempt = begin(route, gate, slot, request, &plan) else { continue }
                await attempt.ask()
                if end(attempt, &request, &plan) { return attempt }
            }
        }
    }

    /// Returns how the provider of that name does; nil where there is none.
    package func report(on name: String) -> ProviderReport? {
        registry.get(name) == nil ? nil : gates[name].report(now: time.now)
    }

    // MARK: steps

    @inline(never)
    private func plan(for request: any RoutedRequest, after attempts: Int = 0) -> RoutePlan {
        let first = request.route
        let fallback = request.fallsBack ? registry.fallbackRoutes(of: first.provider.name) : []
        return RoutePlan(first, fallback: fallback, deadline: request.deadline, after: attempts, settings)
    }

    @inline(never)
    private func begin(
        _ route: Route, _ gate: ProviderGate, _ slot: RequestQueue.Ticket?, _ request: any RoutedRequest,
        _ plan: inout RoutePlan
    ) -> RoutedAttempt? {
        let now = time.now
        do throws(ProviderError) {
            let permit = try gate.admit(now: now)
            if let transition = permit.transition { report(.breaker(provider: route.provider.name, transition)) }
            let call = request.call(on: route, attempt: plan.attempts + 1)
            return RoutedAttempt(
                call, of: request, on: route, attempts: plan.attempts + 1, gate: gate, slot: slot, permit: permit,
                at: now)
        } catch {
            if let slot { gate.slots?.leave(slot) }
            fail(&plan, error, request)
            return nil
        }
    }

    /// Ends an attempt. Returns whether its answer will do.
    @inline(never)
    private func end(_ attempt: RoutedAttempt, _ request: inout any RoutedRequest, _ plan: inout RoutePlan) -> Bool {
        guard let result = attempt.result else { preconditionFailure("what ends was asked") }
        let (gate, route, now) = (attempt.gate, attempt.route, time.now)
        // The next one is to see what this attempt says of the provider.
        defer { if let slot = attempt.slot { gate.slots?.leave(slot) } }
        switch request.end(attempt.call, on: route, with: result, after: now - attempt.started) {
        case .success(let answer):
            let transition = gate.succeeded(attempt.permit, timing: answer.timing, started: attempt.started, now: now)
            if let transition { report(.breaker(provider: route.provider.name, transition)) }
            plan.succeeded(requests: answer.requests)
            attempt.attempts = plan.attempts
            guard let another = request.followUp(to: answer) else { return true }
            (request, plan) = (another, self.plan(for: another, after: plan.attempts))
        case .failure(let error):
            let transition = gate.failed(
                attempt.permit, error, started: attempt.started, now: now, deadline: request.deadline)
            if let transition { report(.breaker(provider: route.provider.name, transition)) }
            fail(&plan, error, request, wasAsked: true, maxRetries: gate.policy.maxRetries)
        }
        return false
    }

    @inline(never)
    private func fail(
        _ plan: inout RoutePlan, _ error: ProviderError, _ request: any RoutedRequest, wasAsked: Bool = false,
        maxRetries: Int = 0
    ) {
        let failure = RoutePlan.Failure(
            error: error, now: time.now, wasAsked: wasAsked, hasEmitted: request.hasEmitted,
            isCancelled: Task.isCancelled, maxRetries: maxRetries)
        if let event = plan.failed(failure, random: random) { report(event) }
    }

    private func report(_ event: RoutingEvent) {
        metrics.count(event)
        onEvent(event)
    }

    /// Forgets how providers have done that the registry wants dealt with otherwise now.
    package func update() { gates.update() }
}

/// One request on its way to an answer, as the ``Router`` sees it. All of it is synchronous.
package protocol RoutedRequest: AnyObject, Sendable {
    /// What is asked first.
    var route: Route { get }
    /// Whether other providers may be asked after it.
    var fallsBack: Bool { get }
    /// Of the whole; no wait goes beyond it. Ending what runs then is the caller's part, by a cancel.
    var deadline: ContinuousClock.Instant { get }
    /// Whether a part of an answer was handed out: from then on nobody else can go on with it.
    var hasEmitted: Bool { get }

    /// Returns what the provider of a route is asked.
    ///
    /// - Parameter attempt: counted from 1, those at other providers included.
    func call(on route: Route, attempt: Int) -> ProviderCall

    /// An attempt has ended. Returns what is made of it: an answer may be none for the one who asked.
    func end(
        _ call: ProviderCall, on route: Route, with result: Result<ProviderAnswer, ProviderError>,
        after duration: Duration
    ) -> Result<ProviderAnswer, ProviderError>

    /// Returns what is to be asked in the place of an answer that will not do; nil to take the answer. Called once for each
    /// answer that came.
    func followUp(to answer: ProviderAnswer) -> (any RoutedRequest)?

    /// Returns what is to be asked after all providers failed; nil for nothing. Called once for each such failure.
    func followUp(to failure: RoutingFailure) -> (any RoutedRequest)?
}

/// One attempt at a provider, and what came of it. A reference: what is kept while a provider is waited for is on the heap
/// either way, and thousands wait at once.
package final class RoutedAttempt {
    /// What the provider is asked for.
    package let request: any RoutedRequest
    /// Who is asked.
    package let route: Route
    /// The times a provider was asked this time included, timeouts and failures included.
    package fileprivate(set) var attempts: Int
    fileprivate let call: ProviderCall
    fileprivate let gate: ProviderGate
    /// Given back at the end, as the permit is.
    fileprivate let slot: RequestQueue.Ticket?
    fileprivate let permit: ProviderGate.Breaker.Permit
    fileprivate let started: ContinuousClock.Instant
    fileprivate var result: Result<ProviderAnswer, ProviderError>?

    fileprivate init(
        _ call: ProviderCall, of request: any RoutedRequest, on route: Route, attempts: Int, gate: ProviderGate,
        slot: RequestQueue.Ticket?, permit: ProviderGate.Breaker.Permit, at now: ContinuousClock.Instant
    ) {
        (self.call, self.request, self.route, self.attempts) = (call, request, route, attempts)
        (self.gate, self.slot, self.permit, started) = (gate, slot, permit, now)
    }

    /// The answer; of use where the attempt succeeded.
    package var answer: ProviderAnswer? { try? result?.get() }

    /// Asks the provider, and keeps what came. Each kind of question waits in a function of its own, so that none keeps room
    /// for what another one needs.
    @inline(__always)
    fileprivate func ask() async {
        switch call {
        case .completion(let call): await complete(call)
        case .embeddings(let request): await embed(request)
        }
    }

    @inline(never)
    private func complete(_ call: CompletionCall) async {
        guard let answer = pendingAnswer(to: call) else { return await completeAtOnce(call) }
        await answer.run(call.deltas)
        take(answer)
    }

    @inline(never)
    private func pendingAnswer(to call: CompletionCall) -> (any PendingAnswer)? {
        (route.provider as? any PendingAnswerProvider)?.answer(to: call.request)
    }

    @inline(never)
    private func take(_ answer: any PendingAnswer) { result = answer.outcome?.map(ProviderAnswer.completion) }

    @inline(never)
    private func completeAtOnce(_ call: CompletionCall) async {
        do throws(ProviderError) {
            succeed(try await route.provider.complete(call.request, deltas: call.deltas))
        } catch {
            result = .failure(error)
        }
    }

    @inline(never)
    private func embed(_ request: EmbeddingRequest) async {
        do throws(ProviderError) {
            result = .success(.embeddings(try await route.provider.embed(request)))
        } catch {
            result = .failure(error)
        }
    }

    @inline(never)
    private func succeed(_ completion: Completion) { result = .success(.completion(completion)) }
}
