/// Where a request may be sent: a provider and one of its models. A reference: many functions hold it while they wait.
package final class Route: Sendable {
    /// The provider that is asked.
    package let provider: any Provider
    /// Nil for the provider's default.
    package let model: String?

    /// Creates a route.
    package init(provider: any Provider, model: String?) {
        self.provider = provider
        self.model = model
    }

    /// The model that is asked for, by its id.
    package var modelName: String { model ?? provider.defaultModel }
}

/// Why no provider answered: the first provider's reason, as that is the one that was asked for. A reference, for every
/// function that may throw one keeps room for it.
package final class RoutingFailure: Error {
    /// The first provider's error.
    package let error: ProviderError
    /// The name of the first provider.
    package let provider: String
    /// The times a provider was asked.
    package let attempts: Int
    /// Whether a part of its answer was handed out.
    package let hasEmitted: Bool

    init(error: ProviderError, provider: String, attempts: Int, hasEmitted: Bool) {
        (self.error, self.provider, self.attempts, self.hasEmitted) = (error, provider, attempts, hasEmitted)
    }
}

/// Which provider is asked next for one request, and when: the same one again where that may help, then the next of the
/// fallback chain. What a failure leads to is ``FailurePolicy``'s decision.
///
/// A value without a clock or a source of random numbers: both are handed in. Do what ``next`` says, tell how it ended, and
/// look again.
struct RoutePlan: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done next.
    enum Step: Sendable {
        case attempt(Route)
        /// Then comes an attempt; see ``waited()``.
        case wait(Duration)
        case fail(RoutingFailure)
    }

    /// How an attempt failed.
    struct Failure: Sendable {
        let error: ProviderError
        let now: Instant
        /// Whether the provider was asked at all; not where its breaker is open.
        var wasAsked = true
        /// Whether a part of an answer was handed out.
        var hasEmitted = false
        /// Whether the request was cancelled.
        var isCancelled = false
        /// How often the provider may be asked again.
        var maxRetries = 0
    }

    /// How often a request goes on with another key of the same provider, at once.
    private static let maxKeyChanges = 16

    /// What is to be done next.
    private(set) var next: Step
    /// The times a provider was asked, timeouts and failures included.
    private(set) var attempts = 0
    private let routes: [Route]
    private let deadline: Instant
    private let backoff: RetryBackoff
    private let maxRetryWait: Duration
    private var position = 0
    private var retries = 0
    private var keyChanges = 0
    private var firstFailure: (error: ProviderError, provider: String)?

    /// - Parameters:
    ///   - first: what is asked first.
    ///   - fallback: what may be asked after it.
    ///   - deadline: of the whole; no wait goes beyond it. Ending what runs then is the caller's part, by a cancel.
    ///   - attempts: the times a provider was asked before, in another way.
    init(
        _ first: Route, fallback: [Route] = [], deadline: Instant, after attempts: Int = 0,
        _ settings: ResilienceSettings
    ) {
        self.attempts = attempts
        routes = fallback.isEmpty ? [first] : [first] + fallback
        self.deadline = deadline
        backoff = settings.backoff
        maxRetryWait = settings.maxRetryWait
        next = .attempt(first)
    }

    /// The provider answered, to the last of so many requests.
    mutating func succeeded(requests: Int = 1) { attempts += requests }

    /// The wait is over.
    mutating func waited() { next = .attempt(routes[position]) }

    /// The attempt, or the wait before it, failed.
    ///
    /// - Parameter random: returns a number of a range, each as likely as the other.
    /// - Returns: what an operator may want to know of it.
    mutating func failed(_ failure: Failure, random: (ClosedRange<Double>) -> Double) -> RoutingEvent? {
        if failure.wasAsked { attempts += failure.error.requests }
        let provider = routes[position].provider.name
        if failure.hasEmitted {
            // A break in the middle of an answer is its provider's own: nobody else can go on with it.
            fail(failure.error, provider, hasEmitted: true)
            return nil
        }
        if let event = retry(failure, provider, random) { return event }
        let first = firstFailure ?? (failure.error, provider)
        firstFailure = first
        guard goesOn(after: failure), position + 1 < routes.count else {
            fail(first.error, first.provider)
            return nil
        }
        position += 1
        retries = 0
        keyChanges = 0
        next = .attempt(routes[position])
        return .movedOn(from: provider, to: routes[position].provider.name, because: failure.error)
    }

    /// Asks the same provider once more, if that may help.
    private mutating func retry(
        _ failure: Failure, _ provider: String, _ random: (ClosedRange<Double>) -> Double
    ) -> RoutingEvent? {
        let error = failure.error
        if failure.isCancelled { return nil }
        if error.hasOtherKey, keyChanges < Self.maxKeyChanges {
            keyChanges += 1
            next = .attempt(routes[position])
            return .changedKey(provider: provider, because: error)
        }
        guard FailurePolicy(error).again, retries < failure.maxRetries else { return nil }
        retries += 1
        let delay = backoff.delay(before: retries, asked: error.retryAfter, random: random)
        guard delay <= maxRetryWait, failure.now + delay < deadline else { return nil }
        next = .wait(delay)
        return .retrying(provider: provider, after: delay, because: error)
    }

    /// What the first provider finds wrong with a request is wrong with it; what one that stands in does is perhaps only
    /// beyond that one.
    private func goesOn(after failure: Failure) -> Bool {
        let code = failure.error.code
        let mayHelp = FailurePolicy(failure.error).next || position > 0 && (code == .invalidRequest || code == .tooLong)
        return mayHelp && !failure.isCancelled && failure.now < deadline
    }

    private mutating func fail(_ error: ProviderError, _ provider: String, hasEmitted: Bool = false) {
        next = .fail(RoutingFailure(error: error, provider: provider, attempts: attempts, hasEmitted: hasEmitted))
    }
}
