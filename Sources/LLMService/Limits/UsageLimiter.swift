import Conversations
import Observability
import ServiceRuntime
import Synchronization

/// Counts what is asked and spent, and refuses what is beyond a limit.
///
/// What limits are on is counted before it is done, in documents that all instances share; the rest afterwards, without
/// waiting for anything.
package final class UsageLimiter: Sendable {
    /// What was counted for a request that limits are on.
    final class Admission: Sendable {
        typealias Part = (subject: UsageSubject, limits: UsageLimits, hold: Usage.Hold)

        let channel: String?
        let parts: [Part]

        init(_ channel: String?, _ parts: [Part]) { (self.channel, self.parts) = (channel, parts) }
    }

    /// The limits, which may change.
    private struct Rules {
        let settings: LimitSettings
        let isLimiting: Bool
        let limitsTokens: Bool

        init(_ settings: LimitSettings) {
            self.settings = settings
            let everybody = UsageLimits(tokensPerDay: settings.tokensPerDay)
            let all = [settings.user, settings.channel, settings.plugins, everybody]
            isLimiting = all.contains { !$0.isNone }
            limitsTokens = all.contains { $0[.tokens] != nil }
        }
    }

    private let rules: Mutex<Rules>
    private let store: any DocumentStore<Usage>
    private let tally: UsageTally
    private let events: EventBus<ServiceEvent>
    private let warnings: Counter
    private let time: any TimeSource
    private let background: BackgroundWork
    private let lease: Duration
    private let refused = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter longest: how long a request may take.
    init(
        _ settings: LimitSettings, store: any DocumentStore<Usage>, events: EventBus<ServiceEvent>,
        metrics: MetricsRegistry, time: any TimeSource, background: BackgroundWork, longest: Duration
    ) {
        warnings = metrics.counter(
            "rosey_llm_limit_warnings_total", "Times somebody reached 80, 90 or 100 % of a limit.")
        self.background = background
        // Clocks differ, and an end takes its time.
        lease = longest + .seconds(60)
        rules = Mutex(Rules(settings))
        self.store = store
        self.events = events
        self.time = time
        tally = UsageTally(store, time: time)
    }

    /// Whether there are any limits.
    var isLimiting: Bool { rules.withLock { $0.isLimiting } }
    /// Whether any of them is on tokens.
    var limitsTokens: Bool { rules.withLock { $0.limitsTokens } }
    private var settings: LimitSettings { rules.withLock { $0.settings } }

    /// Sets other limits. What was counted stays; a request that was admitted is settled as it was admitted.
    func update(_ settings: LimitSettings) { rules.withLock { $0 = Rules(settings) } }

    // MARK: requests

    /// Counts a request everywhere that a limit is on it.
    ///
    /// - Parameters:
    ///   - id: tells it apart; under the same id it is counted once.
    ///   - tokens: what it is expected to cost. No more is set aside than a quarter of a limit: no request keeps all others
    ///     out.
    /// - Throws: `rate_limited`; then it is counted nowhere.
    func admit(
        _ id: Usage.StepID, _ caller: Caller?, _ channel: String?, tokens: Int
    ) async throws(LLMError) -> Admission {
        var parts: [Admission.Part] = []
        for (subject, limits) in limited(caller, channel) {
            let share = limits[.tokens].map { min(tokens, max(1, $0 / 4)) } ?? 0
            let change = UsageChange.reserve(id, limits, tokens: share, now: time.timestamp, lease: lease)
            switch await store.change(subject.key, change).outcome {
            case .counted(let hold, let crossed):
                report(crossed, subject, channel)
                parts.append((subject, limits, hold))
            case .refused(let refusal):
                for part in parts {
                    _ = await store.change(part.subject.key, .release(StepID.make(), part.hold))
                }
                refused.withLock { $0 = time.now }
                if refusal.kind == .tokens { review(subject, limits, channel) }
                throw LLMError(refusal, of: subject)
            }
        }
        return Admission(channel, parts)
    }

    /// A request that was admitted is over, and has cost so much. No answer waits until that is kept: here it counts at
    /// once.
    func settle(_ admission: Admission, spent: Int) {
        for part in admission.parts {
            store.note(part.subject.key, .settle(StepID.make(), part.hold, spent: spent))
            if part.limits[.tokens] != nil { review(part.subject, part.limits, admission.channel) }
        }
    }

    /// A request that was admitted is done elsewhere, and is counted there.
    func release(_ admission: Admission) {
        for part in admission.parts { store.note(part.subject.key, .release(StepID.make(), part.hold)) }
    }

    /// Tells of the tokens, where a limit is near that was not told of.
    private func review(_ subject: UsageSubject, _ limits: UsageLimits, _ channel: String?) {
        background.start("usage.review \(subject.key)") { [store] in
            var usage = await store.value(subject.key)
            // Most of the time there is nothing to tell, and nothing to be written.
            guard usage.apply(.review(limits)).isChange else { return }
            if case .counted(_, let crossed) = await store.change(subject.key, .review(limits)).outcome {
                self.report(crossed, subject, channel)
            }
        }
    }

    /// Counts a request that is over where no limit is on it.
    func count(_ caller: Caller?, spent: Int) {
        var subject = caller?.subject
        if isLimiting { subject = subject.flatMap { $0.limits(settings).isNone ? $0 : nil } }
        tally.add(subject, everybody: settings.tokensPerDay <= 0, requests: 1, tokens: spent)
    }

    /// Counts tokens that were spent in nobody's name: on a summary, on looking for what is worth remembering.
    ///
    /// - Parameter channel: whose conversation it was for, if it was for one.
    package func note(tokens: Int, channel: String?) {
        let subject = channel.map(UsageSubject.channel).flatMap { $0.limits(settings).isNone ? nil : $0 }
        tally.add(subject, everybody: true, requests: 0, tokens: min(max(0, tokens), 1 << 40))
    }

    /// The same in somebody's name.
    func note(tokens: Int, caller: Caller?, channel: String?) {
        note(tokens: tokens, channel: channel)
        let subject = caller?.subject
        tally.add(subject, everybody: false, requests: 0, tokens: min(max(0, tokens), 1 << 40))
    }

    /// Whether there are tokens left for what may as well be left out: of the caller's, the channel's and everybody's.
    func hasTokens(_ caller: Caller?, _ channel: String?) async -> Bool {
        guard limitsTokens else { return true }
        for (subject, limits) in limited(caller, channel) {
            guard let limit = limits[.tokens] else { continue }
            if await store.value(subject.key).spent(time.timestamp) >= limit { return false }
        }
        return true
    }

    // MARK: figures

    /// The usage of a subject, and its limits.
    func usage(of subject: UsageSubject) async -> (Usage, UsageLimits) {
        tally.pass()
        return (await store.value(subject.key), subject.limits(settings))
    }

    /// Whether a request was refused here within the last minute.
    var hasRefused: Bool { refused.withLock { $0.map { time.now - $0 < .seconds(60) } ?? false } }

    /// Nothing waits to be passed on any more, from now on.
    func close() { tally.close() }

    private func limited(_ caller: Caller?, _ channel: String?) -> [(UsageSubject, UsageLimits)] {
        [caller?.subject, channel.map(UsageSubject.channel), .everybody].compactMap { subject in
            guard let subject else { return nil }
            let limits = subject.limits(settings)
            return limits.isNone ? nil : (subject, limits)
        }
    }

    private func report(_ crossed: [Usage.Crossing], _ subject: UsageSubject, _ channel: String?) {
        for crossing in crossed {
            warnings.add()
            var user: String?
            if case .user(let name) = subject { user = name }
            events.emit(
                .threshold(
                    crossing.kind, current: crossing.current, limit: crossing.limit, user: user, channel: channel))
        }
    }
}
