import ServiceRuntime
import Synchronization

/// The line to one provider: who may ask it now, and how it has done.
final class ProviderLine: Sendable {
    typealias Breaker = CircuitBreaker<ProviderError>

    private struct State {
        var breaker: Breaker
        var statistics = ProviderStatistics()
    }

    private let name: String
    let policy: ProviderPolicy
    private let places: RequestQueue?
    private let state: Mutex<State>
    private let time: any TimeSource
    private let openTime: Duration

    init(to name: String, _ policy: ProviderPolicy, breaker: BreakerSettings, time: any TimeSource) {
        self.name = name
        self.policy = policy
        self.time = time
        openTime = breaker.openTime
        places = policy.maxConcurrent.map {
            RequestQueue(limits: QueueLimits(running: $0, waiting: .max, waitingPerChannel: .max))
        }
        state = Mutex(State(breaker: CircuitBreaker(breaker)))
    }

    /// How it has done.
    var statistics: ProviderStatistics { state.withLock { $0.statistics } }

    /// What its breaker does.
    var breaker: BreakerState { state.withLock { [time] in $0.breaker.state(now: time.now) } }

    /// An attempt that its request's deadline ends says something of the provider if it lasted this long.
    private static let fairTime = Duration.seconds(5)

    /// Asks it once. The place and the breaker's permit are given back whatever happens.
    ///
    /// - Parameter deadline: of the request: who cancels it then ends the attempt.
    /// - Parameter onTransition: hears of the breaker.
    /// - Throws: the provider's failure; or, without asking it, why it is left alone.
    func ask<Answer: Sendable>(
        by deadline: ContinuousClock.Instant, _ body: () async throws(ProviderError) -> Answer,
        timing: (Answer) -> Completion.Timing?, onTransition: (Breaker.Transition) -> Void
    ) async throws(ProviderError) -> Answer {
        // Nobody waits for a place at a provider that is left alone.
        try check()
        let place = try await takePlace()
        defer { if let place { places?.leave(place) } }
        let attempt = try begin(by: deadline)
        if let transition = attempt.permit.transition { onTransition(transition) }
        do throws(ProviderError) {
            let answer = try await body()
            if let transition = succeeded(attempt, timing(answer)) { onTransition(transition) }
            return answer
        } catch {
            if let transition = failed(attempt, error) { onTransition(transition) }
            throw error
        }
    }

    // What comes before and after the wait is kept out of the function that waits: thousands of these wait at once.

    /// One exchange.
    private final class Attempt {
        let permit: Breaker.Permit
        let start: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant

        init(_ permit: Breaker.Permit, start: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
            (self.permit, self.start, self.deadline) = (permit, start, deadline)
        }
    }

    @inline(never)
    private func check() throws(ProviderError) {
        if let (until, cause) = state.withLock({ [time] in $0.breaker.refusal(now: time.now) }) {
            throw refusal(until, cause)
        }
    }

    @inline(never)
    private func begin(by deadline: ContinuousClock.Instant) throws(ProviderError) -> Attempt {
        let now = time.now
        switch state.withLock({ $0.breaker.admit(now: now) }) {
        case .pass(let permit): return Attempt(permit, start: now, deadline: deadline)
        case .refuse(let until, let cause): throw refusal(until, cause)
        }
    }

    @inline(never)
    private func succeeded(_ attempt: Attempt, _ timing: Completion.Timing?) -> Breaker.Transition? {
        let now = time.now
        let (permit, duration) = (attempt.permit, now - attempt.start)
        return state.withLock { state in
            state.statistics.addSuccess(in: duration, timing)
            return state.breaker.end(permit, .success, now: now)
        }
    }

    @inline(never)
    private func failed(_ attempt: Attempt, _ error: ProviderError) -> Breaker.Transition? {
        let now = time.now
        let mark = Self.mark(error, after: now - attempt.start, isLate: now >= attempt.deadline)
        let permit = attempt.permit
        return state.withLock { [openTime] state in
            if error.code != .cancelled { state.statistics.addFailure() }
            switch mark {
            case .opens:
                _ = state.breaker.end(permit, .ignored, now: now)
                return state.breaker.trip(for: openTime, because: error, now: now)
            case .counts: return state.breaker.end(permit, .failure(error), now: now)
            case .nothing: return state.breaker.end(permit, .ignored, now: now)
            }
        }
    }

    private static func mark(_ error: ProviderError, after duration: Duration, isLate: Bool) -> FailurePolicy.Mark {
        error.code == .cancelled && isLate && duration >= fairTime ? .counts : FailurePolicy(error).mark
    }

    private func takePlace() async throws(ProviderError) -> RequestQueue.Ticket? {
        guard let places else { return nil }
        // Any number may wait: all of them hold one of the service's own places.
        guard let place = try? places.enter(QueuedRequest()) else { return nil }
        do { try await places.acquire(place) } catch {
            places.leave(place)
            throw ProviderError(.cancelled)
        }
        return place
    }

    /// A key that was refused is still refused; everything else is just not available now.
    private func refusal(_ until: ContinuousClock.Instant, _ cause: ProviderError) -> ProviderError {
        if cause.code == .authentication || cause.code == .quota {
            return ProviderError(cause.code, cause.message, detail: "not asked again yet")
        }
        let left = max(.zero, until - time.now)
        return ProviderError(
            .unavailable, "the provider \(name) failed too often just now; it is asked again in a while",
            retryAfter: left, detail: "the breaker is open: \(cause.message)", retryable: false)
    }
}
