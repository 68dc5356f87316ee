/// Leaves a provider alone that mostly fails: whoever asks is told at once, rather than after a timeout, and the provider
/// can recover.
///
/// A value: what a call changed is returned, for the log. Each permit must be ended, whatever happened, or a probe that
/// never ends keeps everybody else out.
struct CircuitBreaker<Cause: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The leave to send one request.
    struct Permit: Sendable {
        fileprivate let generation: UInt64
        /// What giving it changed: the first probe after a rest tells that one has begun.
        let transition: Transition?
    }

    /// Whether a request may be sent.
    enum Admission: Sendable {
        /// It may; the permit must be ended.
        case pass(Permit)
        /// Not before `until`, because of what opened the breaker.
        case refuse(until: Instant, cause: Cause)
    }

    /// How a request ended.
    enum Outcome: Sendable {
        case success
        /// It says that the provider is unwell.
        case failure(Cause)
        /// It says nothing about the provider: it was cancelled, or was a bad request.
        case ignored
    }

    /// A change of state.
    enum Transition: Sendable {
        case opened(until: Instant, cause: Cause)
        case halfOpen
        case closed
    }

    private enum Phase: Sendable {
        case closed
        case open(until: Instant, Cause)
        case halfOpen(Cause, isProbing: Bool)
    }

    /// How long whoever comes while a probe runs is told to wait. When it ends is not known; it is soon.
    static var probeWait: Duration { .seconds(1) }

    private let settings: BreakerSettings
    private var phase = Phase.closed
    /// Grows with each change of phase and with each probe, so that what was let through before does not count after.
    private var generation: UInt64 = 0
    private var window: OutcomeWindow
    /// What opens the breaker, should it come to that.
    private var lastFailure: Cause?

    /// Creates a closed one, of which nothing is known.
    init(_ settings: BreakerSettings = BreakerSettings()) {
        self.settings = settings
        window = OutcomeWindow(length: settings.window)
    }

    /// Whether the provider is asked.
    func state(now: Instant) -> BreakerState {
        switch phase {
        case .closed: .closed
        case .open(let until, _): now < until ? .open : .halfOpen
        case .halfOpen: .halfOpen
        }
    }

    /// Why no request may be sent for a while; nil where one may try.
    func refusal(now: Instant) -> (until: Instant, cause: Cause)? {
        guard case .open(let until, let cause) = phase, now < until else { return nil }
        return (until, cause)
    }

    /// Whether a request may be sent.
    mutating func admit(now: Instant) -> Admission {
        switch phase {
        case .closed: return .pass(Permit(generation: generation, transition: nil))
        case .open(let until, let cause):
            if now < until { return .refuse(until: until, cause: cause) }
            return .pass(probe(cause, transition: .halfOpen))
        case .halfOpen(let cause, let isProbing):
            if isProbing { return .refuse(until: now + Self.probeWait, cause: cause) }
            return .pass(probe(cause, transition: nil))
        }
    }

    /// A request that was let through has ended. Returns what that changed; the second end of a probe changes nothing.
    mutating func end(_ permit: Permit, _ outcome: Outcome, now: Instant) -> Transition? {
        guard permit.generation == generation else { return nil }
        switch phase {
        case .closed: return record(outcome, now)
        case .halfOpen(let cause, isProbing: true): return endProbe(outcome, cause, now)
        case .halfOpen, .open: return nil
        }
    }

    /// Opens at once, for something that asking again does not help against. A longer rest it has already is not cut short,
    /// and keeps its cause.
    ///
    /// - Returns: nil where it was open already.
    mutating func trip(for rest: Duration, because cause: Cause, now: Instant) -> Transition? {
        guard case .open(let until, _) = phase, now < until else { return open(until: now + rest, cause) }
        if until < now + rest { _ = open(until: now + rest, cause) }
        return nil
    }

    private mutating func probe(_ cause: Cause, transition: Transition?) -> Permit {
        phase = .halfOpen(cause, isProbing: true)
        generation += 1
        return Permit(generation: generation, transition: transition)
    }

    private mutating func record(_ outcome: Outcome, _ now: Instant) -> Transition? {
        switch outcome {
        case .ignored: return nil
        case .success: window.record(isFailure: false, now: now)
        case .failure(let cause):
            window.record(isFailure: true, now: now)
            lastFailure = cause
        }
        guard let lastFailure, isFailing else { return nil }
        return open(until: now + settings.openTime, lastFailure)
    }

    /// Divided, not multiplied: 3 of 30 are 0.1 then, as it is written in the settings.
    private var isFailing: Bool {
        let (outcomes, failures) = (window.outcomes, window.failures)
        return failures > 0 && outcomes >= settings.minimumRequests
            && Double(failures) / Double(outcomes) >= settings.errorRatio
    }

    private mutating func endProbe(_ outcome: Outcome, _ cause: Cause, _ now: Instant) -> Transition? {
        switch outcome {
        case .ignored:
            phase = .halfOpen(cause, isProbing: false)
            return nil
        case .failure(let cause): return open(until: now + settings.openTime, cause)
        case .success:
            phase = .closed
            generation += 1
            return .closed
        }
    }

    private mutating func open(until: Instant, _ cause: Cause) -> Transition {
        phase = .open(until: until, cause)
        generation += 1
        window.removeAll()
        lastFailure = nil
        return .opened(until: until, cause: cause)
    }
}

extension CircuitBreaker.Transition: Equatable where Cause: Equatable {}

/// Whether a provider is asked.
public enum BreakerState: String, Sendable, CaseIterable {
    /// It is.
    case closed
    /// It is not, for a while.
    case open
    /// One request at a time tries whether it answers again.
    case halfOpen = "half_open"
}
