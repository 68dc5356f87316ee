import ServiceRuntime

/// How long to wait before a request is sent again: full jitter, so that those who failed together do not come back
/// together, and never less than the provider asks.
public struct RetryBackoff: Sendable {
    /// The longest wait before the first retry; it doubles with each further one.
    public var base: Duration
    /// What it doubles up to.
    public var cap: Duration

    /// A backoff.
    public init(base: Duration = .milliseconds(500), cap: Duration = .seconds(8)) {
        self.base = base
        self.cap = cap
    }

    /// How long to wait.
    ///
    /// - Parameters:
    ///   - retry: which one, the first being 1.
    ///   - asked: what the provider asks for, which is not capped: whoever finds it too long does not retry.
    ///   - random: a number out of a range, each as likely as the other.
    func delay(before retry: Int, asked: Duration?, random: (ClosedRange<Double>) -> Double) -> Duration {
        // 2^40 half seconds are longer than anybody waits: more doublings only lead out of the numbers.
        let doublings = min(max(retry, 1) - 1, 40)
        let longest = min(cap, RetryDelay.longest).seconds
        let ceiling = max(0, min(longest, base.seconds * Double(1 << doublings)))
        return max(.seconds(random(0...ceiling)), asked ?? .zero)
    }
}
