import ServiceRuntime
import Synchronization

/// The line to one provider: who may ask it now, and how it has done.
final class ProviderLine: Sendable {
    private struct State {
        var breaker: CircuitBreaker<ProviderError>
        var statistics = ProviderStatistics()
    }

    private let name: String
    let policy: ProviderPolicy
    private let places: Lanes?
    private let state: Mutex<State>
    private let time: any TimeSource
    private let openTime: Duration

    init(to name: String, _ policy: ProviderPolicy, breaker: BreakerSettings, time: any TimeSource) {
        self.name = name
        self.policy = policy
        self.time = time
        openTime = breaker.openTime
        places = policy.maxConcurrent.map {
            Lanes(limits: LaneLimits(running: $0, waiting: .max, waitingPerLane: .max))
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
        timing: (Answer) -> Completion.Timing?, onTransition: (CircuitBreaker<ProviderError>.Transition) -> Void
    ) async throws(ProviderError) -> Answer {
        // Nobody waits for a place at a provider that is left alone.
        if let (until, cause) = state.withLock({ [time] in $0.breaker.refusal(now: time.now) }) {
            throw refusal(until, cause)
        }
        let place = try await takePlace()
        defer { if let place { places?.leave(place) } }
        let permit: CircuitBreaker<ProviderError>.Permit
        switch state.withLock({ [time] in $0.breaker.admit(now: time.now) }) {
        case .pass(let granted): permit = granted
        case .refuse(let until, let cause): throw refusal(until, cause)
        }
        if let transition = permit.transition { onTransition(transition) }
        let start = time.now
        do throws(ProviderError) {
            let answer = try await body()
            let transition = state.withLock { [time] state in
                state.statistics.addSuccess(in: time.now - start, timing(answer))
                return state.breaker.end(permit, .success, now: time.now)
            }
            if let transition { onTransition(transition) }
            return answer
        } catch {
            let mark = Self.mark(error, after: time.now - start, isLate: time.now >= deadline)
            let transition = state.withLock { [time, openTime] state -> CircuitBreaker<ProviderError>.Transition? in
                if error.code != .cancelled { state.statistics.addFailure() }
                switch mark {
                case .opens:
                    _ = state.breaker.end(permit, .ignored, now: time.now)
                    return state.breaker.trip(for: openTime, because: error, now: time.now)
                case .counts: return state.breaker.end(permit, .failure(error), now: time.now)
                case .nothing: return state.breaker.end(permit, .ignored, now: time.now)
                }
            }
            if let transition { onTransition(transition) }
            throw error
        }
    }

    private static func mark(_ error: ProviderError, after duration: Duration, isLate: Bool) -> FailurePolicy.Mark {
        error.code == .cancelled && isLate && duration >= fairTime ? .counts : FailurePolicy(error).mark
    }

    private func takePlace() async throws(ProviderError) -> Lanes.Ticket? {
        guard let places else { return nil }
        // Any number may wait: all of them hold one of the service's own places.
        guard let place = try? places.enter(nil) else { return nil }
        do { try await places.turn(place) } catch {
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
