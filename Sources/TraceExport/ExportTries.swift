/// How often a batch is tried, and after which waits. A value; the tries of one batch.
///
/// As OTLP has it: a wait that grows and is never the same twice, or the one that the collector asks for.
struct ExportTries: Sendable {
    /// What came of a try.
    enum Outcome: Sendable, Equatable {
        /// It was taken, but for so many.
        case taken(rejected: Int)
        /// It may be taken later: after so long, where the collector says.
        case later(Duration?)
        /// Nobody is there to take it.
        case away
        /// It will not be taken.
        case refused
    }

    private static let longest = Duration.seconds(30)
    private let end: ContinuousClock.Instant
    private var wait = Duration.seconds(1)

    /// - Parameter end: by when it is to be done.
    init(until end: ContinuousClock.Instant) { self.end = end }

    /// When to try again; nil where that would be too late.
    ///
    /// - Parameter random: 0…1.
    mutating func next(
        after asked: Duration?, now: ContinuousClock.Instant, random: Double
    ) -> ContinuousClock.Instant? {
        let own = wait * (0.5 + random / 2)
        wait = min(wait * 2, Self.longest)
        let instant = now + (asked ?? own)
        return instant < end ? instant : nil
    }
}

extension ExportTries.Outcome {
    /// What a status says.
    ///
    /// - Parameters:
    ///   - asked: `Retry-After`, in seconds.
    ///   - rejected: of a status that says it was taken.
    init(status: Int, asked: String?, rejected: Int) {
        switch status {
        case 200..<300: self = .taken(rejected: rejected)
        case 429, 502, 503, 504:
            self = .later(asked.flatMap { Int($0) }.flatMap { $0 >= 0 ? .seconds(min($0, 86_400)) : nil })
        default: self = .refused
        }
    }
}
