import Conversations
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

    /// Whether there are any limits.
    let isLimiting: Bool
    /// Whether any of them is on tokens.
    let limitsTokens: Bool
    private let settings: LimitSettings
    private let store: any DocumentStore<Usage>
    private let tally: UsageTally
    private let events: ServiceEvents
    private let time: any TimeSource
    private let refused = Mutex<ContinuousClock.Instant?>(nil)

    init(
        _ settings: LimitSettings, store: any DocumentStore<Usage>, events: ServiceEvents, time: any TimeSource
    ) {
        self.settings = settings
        self.store = store
        self.events = events
        self.time = time
        tally = UsageTally(store, time: time)
        let all = [settings.user, settings.channel, settings.plugins, UsageLimits(tokensPerDay: settings.tokensPerDay)]
        isLimiting = all.contains { !$0.isNone }
        limitsTokens = all.contains { $0[.tokens] != nil }
    }

    // MARK: requests

    /// Counts a request everywhere that a limit is on it.
    ///
    /// - Parameter tokens: what it is expected to cost.
    /// - Throws: `rate_limited`; then it is counted nowhere.
    func admit(_ caller: Caller?, _ channel: String?, tokens: Int) async throws(LLMError) -> Admission {
        let id = StepID.make()
        var parts: [Admission.Part] = []
        for (subject, limits) in limited(caller, channel) {
            let change = UsageChange.reserve(id, limits, tokens: tokens, now: time.timestamp)
            switch await store.change(subject.key, change).outcome {
            case .counted(let hold, let crossed):
                tell(crossed, subject, channel)
                parts.append((subject, limits, hold))
            case .refused(let refusal):
                for part in parts {
                    _ = await store.change(part.subject.key, .release(StepID.make(), part.hold))
                }
                refused.withLock { $0 = time.now }
                throw LLMError(refusal, of: subject)
            }
        }
        return Admission(channel, parts)
    }

    /// A request that was admitted is over, and has cost so much. Where tokens are limited this waits until that is kept: it
    /// may be what uses a limit up.
    func settle(_ admission: Admission, spent: Int) async {
        for part in admission.parts {
            let change = UsageChange.settle(StepID.make(), part.hold, part.limits, spent: spent)
            guard part.limits[.tokens] != nil else {
                store.note(part.subject.key, change)
                continue
            }
            if case .counted(_, let crossed) = await store.change(part.subject.key, change).outcome {
                tell(crossed, part.subject, admission.channel)
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

    private func tell(_ crossed: [Usage.Crossing], _ subject: UsageSubject, _ channel: String?) {
        for crossing in crossed {
            var user: String?
            if case .user(let name) = subject { user = name }
            events.tell(
                .threshold(
                    ServiceEvent.Threshold(
                        user: user, channel: channel, window: .init(crossing.kind), current: crossing.current,
                        limit: crossing.limit)))
        }
    }
}

extension ServiceEvent.Threshold.Window {
    fileprivate init(_ kind: UsageLimits.Kind) {
        self =
            switch kind {
            case .minute: .minute
            case .hour: .hour
            case .day: .day
            case .tokens: .tokens
            }
    }
}
