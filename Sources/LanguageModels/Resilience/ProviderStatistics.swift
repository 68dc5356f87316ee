/// How a provider has done since the start. Times are averages in which the latest answer counts a tenth.
public struct ProviderStatistics: Sendable, Equatable {
    /// Answers.
    public private(set) var succeeded = 0
    /// Failures, cancels left out.
    public private(set) var failed = 0
    /// From the question to the whole answer; nil before the first.
    public private(set) var latency: Duration?
    /// From the question to its first text.
    public private(set) var firstToken: Duration?
    /// Tokens a second while it wrote.
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
