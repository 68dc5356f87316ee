import Tracing

/// How a message came.
struct Arrival: Sendable {
    /// When it was taken up; nil where that is of no use: a job may have been taken up before.
    var instant: ContinuousClock.Instant?
    /// The span that follows it; nil where nobody traces.
    var span: TraceSpan?

    init(_ instant: ContinuousClock.Instant? = nil, _ span: TraceSpan? = nil) {
        self.instant = instant
        self.span = span
    }

    /// How long ago that is; zero where it is of no use.
    func age(_ now: ContinuousClock.Instant) -> Duration { instant.map { now - $0 } ?? .zero }
}
