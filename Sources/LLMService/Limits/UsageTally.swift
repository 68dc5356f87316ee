import Conversations
import ServiceRuntime
import Synchronization

/// Gathers what no limit is on, and passes it on once a second: counting costs a request next to nothing, however many
/// instances keep the usage.
final class UsageTally: Sendable {
    private struct Count: Sendable {
        var requests = 0
        var tokens = 0

        mutating func add(_ requests: Int, _ tokens: Int) {
            self.requests += requests
            self.tokens += tokens
        }
    }

    private struct State: Sendable {
        var everybody = Count()
        var others: [UsageSubject: Count] = [:]
        var isArmed = false
        var isClosed = false
    }

    /// The most subjects gathered.
    private static let maxSubjects = 10_000
    private let state = Mutex(State())
    /// Held while what was gathered is passed on: whoever asks for it then waits until it has arrived.
    private let passing = Mutex(())
    private let store: any DocumentStore<Usage>
    private let time: any TimeSource

    init(_ store: any DocumentStore<Usage>, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// Counts for everybody, and for whoever is named.
    func add(_ subject: UsageSubject?, everybody: Bool, requests: Int, tokens: Int) {
        let (isFirst, isUrgent) = state.withLock { state in
            if everybody { state.everybody.add(requests, tokens) }
            if let subject { state.others[subject, default: Count()].add(requests, tokens) }
            let isUrgent = state.isClosed || state.others.count >= Self.maxSubjects
            defer { state.isArmed = true }
            return (!state.isArmed, isUrgent)
        }
        if isUrgent { return pass() }
        // Weak: the clock may hold the timer for ever, and the tally the clock. Who ends it calls `close()`.
        if isFirst { time.call(at: time.now + .seconds(1)) { [weak self] in self?.pass() } }
    }

    /// Passes on what was gathered.
    func pass() {
        passing.withLock { _ in
            let (everybody, others) = state.withLock { state in
                defer {
                    state.everybody = Count()
                    state.others = [:]
                    state.isArmed = false
                }
                return (state.everybody, state.others)
            }
            let now = time.timestamp
            note(.everybody, everybody, now)
            for (subject, count) in others { note(subject, count, now) }
        }
    }

    /// From now on, everything is passed on at once.
    func close() {
        state.withLock { $0.isClosed = true }
        pass()
    }

    private func note(_ subject: UsageSubject, _ count: Count, _ now: Timestamp) {
        guard count.requests > 0 || count.tokens > 0 else { return }
        store.note(subject.key, .note(StepID.make(), requests: count.requests, tokens: count.tokens, now: now))
    }
}
