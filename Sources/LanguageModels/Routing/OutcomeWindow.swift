/// How many requests succeeded and failed lately. Ten numbers, however many requests there are.
///
/// What is counted together leaves together, when the oldest of it does: an outcome counts for at least nine tenths of the
/// window, and never longer than the window.
struct OutcomeWindow: Sendable {
    private struct Bucket: Sendable {
        let start: ContinuousClock.Instant
        var outcomes = 0
        var failures = 0
    }

    /// How far back it looks.
    let length: Duration
    /// Oldest first. Their starts lie a tenth of the window apart, so there are ten at most.
    private var buckets: [Bucket] = []

    /// Nothing has happened.
    init(length: Duration) { self.length = length }

    /// How many requests there were.
    var outcomes: Int { buckets.reduce(0) { $0 + $1.outcomes } }
    /// How many of them failed.
    var failures: Int { buckets.reduce(0) { $0 + $1.failures } }
    /// How many numbers it keeps.
    var bucketCount: Int { buckets.count }

    /// Counts an outcome, and forgets what is too old.
    ///
    /// - Parameter now: may lie a little before that of an earlier call, as times read on other threads do.
    mutating func record(isFailure: Bool, now: ContinuousClock.Instant) {
        if let stale = buckets.lastIndex(where: { $0.start + length <= now }) { buckets.removeSubrange(...stale) }
        if buckets.last.map({ $0.start + length / 10 <= now }) ?? true { buckets.append(Bucket(start: now)) }
        let newest = buckets.endIndex - 1
        buckets[newest].outcomes += 1
        if isFailure { buckets[newest].failures += 1 }
    }

    /// Forgets everything.
    mutating func removeAll() { buckets.removeAll(keepingCapacity: true) }
}
