import ServiceRuntime
import Synchronization

/// What stands before one provider: its breaker, the slots of those who may ask it at once, and how it has done.
final class ProviderGate: Sendable {
    typealias Breaker = CircuitBreaker<ProviderError>
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var breaker: Breaker
        var statistics = ProviderStatistics()
    }

    /// An attempt that its request's deadline ends says something of the provider if it lasted this long.
    private static let fairTime = Duration.seconds(5)

    let policy: ProviderPolicy
    /// What the provider was when the gate was made; nil where it does not come from the configuration.
    let settings: ProviderSettings?
    /// Slots for ``ProviderPolicy/maxConcurrent`` attempts; nil for any number. Any number may wait for one: all of them
    /// hold a slot of the service itself.
    let slots: RequestQueue?
    private let name: String
    private let openTime: Duration
    private let state: Mutex<State>

    init(to name: String, _ policy: ProviderPolicy, settings: ProviderSettings?, breaker: BreakerSettings) {
        (self.name, self.policy, self.settings) = (name, policy, settings)
        openTime = breaker.openTime
        slots = policy.maxConcurrent.map {
            RequestQueue(limits: QueueLimits(running: $0, waiting: .max, waitingPerChannel: .max))
        }
        state = Mutex(State(breaker: CircuitBreaker(breaker)))
    }

    /// Returns how the provider does.
    func report(now: Instant) -> ProviderReport {
        state.withLock { ProviderReport(breaker: $0.breaker.state(now: now), statistics: $0.statistics) }
    }

    /// Waits for a slot, where there are ``slots``; it must be given back. Nobody waits for one at a provider that is left
    /// alone.
    ///
    /// - Throws: why the provider is left alone, or that the task was cancelled.
    func acquireSlot(now: Instant) async throws(ProviderError) -> RequestQueue.Ticket? {
        if let (until, cause) = state.withLock({ $0.breaker.refusal(now: now) }) {
            throw refusal(until: until, cause, now: now)
        }
        guard let slots, let slot = try? slots.enter(QueuedRequest()) else { return nil }
        do { try await slots.acquire(slot) } catch {
            slots.leave(slot)
            throw ProviderError(.cancelled)
        }
        return slot
    }

    /// Lets an attempt through; its permit must be given back, by ``succeeded(_:timing:started:now:)`` or
    /// ``failed(_:_:started:now:deadline:)``.
    ///
    /// - Throws: why the provider is left alone.
    func admit(now: Instant) throws(ProviderError) -> Breaker.Permit {
        switch state.withLock({ $0.breaker.admit(now: now) }) {
        case .pass(let permit): return permit
        case .refuse(let until, let cause): throw refusal(until: until, cause, now: now)
        }
    }

    /// The attempt succeeded.
    ///
    /// - Parameter timing: of its answer, for the statistics.
    /// - Returns: what that changed.
    func succeeded(
        _ permit: Breaker.Permit, timing: Completion.Timing?, started: Instant, now: Instant
    ) -> Breaker.Transition? {
        state.withLock { state in
            state.statistics.addSuccess(in: now - started, timing)
            return state.breaker.end(permit, .success, now: now)
        }
    }

    /// The attempt failed.
    ///
    /// - Parameter deadline: of the request: who cancels it then ends the attempt.
    /// - Returns: what that changed.
    func failed(
        _ permit: Breaker.Permit, _ error: ProviderError, started: Instant, now: Instant, deadline: Instant
    ) -> Breaker.Transition? {
        let isLate = error.code == .cancelled && now >= deadline && now - started >= Self.fairTime
        let mark = isLate ? .counts : FailurePolicy(error).mark
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

    /// A key that was refused is still refused; everything else is just not available now.
    private func refusal(until: Instant, _ cause: ProviderError, now: Instant) -> ProviderError {
        if cause.code == .authentication || cause.code == .quota {
            return ProviderError(cause.code, cause.message, detail: "not asked again yet")
        }
        return ProviderError(
            .unavailable, "the provider \(name) failed too often just now; it is asked again in a while",
            retryAfter: max(.zero, until - now), detail: "the breaker is open: \(cause.message)", retryable: false)
    }
}

/// How a provider does.
package struct ProviderReport: Sendable {
    /// Whether requests are let through.
    package let breaker: BreakerState
    /// Its averages since the start.
    package let statistics: ProviderStatistics
}

/// Counts and averages of a provider since the start. In the averages the latest answer has a weight of one tenth.
public struct ProviderStatistics: Sendable, Equatable {
    /// The number of answers.
    public private(set) var succeeded = 0
    /// The number of failures, without cancelled requests.
    public private(set) var failed = 0
    /// The time from the request to the whole answer; nil before the first answer.
    public private(set) var latency: Duration?
    /// The time from the request to the first text.
    public private(set) var firstToken: Duration?
    /// Tokens a second while the model wrote.
    public private(set) var tokensPerSecond: Double?

    mutating func addSuccess(in duration: Duration, _ timing: Completion.Timing?) {
        succeeded += 1
        latency = latency.map { $0 * 0.9 + duration * 0.1 } ?? duration
        guard let timing else { return }
        firstToken = firstToken.map { $0 * 0.9 + timing.firstToken * 0.1 } ?? timing.firstToken
        if let speed = timing.tokensPerSecond {
            tokensPerSecond = tokensPerSecond.map { $0 * 0.9 + speed * 0.1 } ?? speed
        }
    }

    mutating func addFailure() { failed += 1 }
}
