/// Gathers the pieces of one streamed answer, so that few messages carry many words: the first piece goes out at once, of
/// later ones what comes within an interval goes out together. A value; time is handed in.
///
/// Every piece leaves it once and in order, none after ``finish()``.
struct DeltaGathering: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done now.
    enum Step: Equatable {
        /// This text goes out.
        case send(String)
        /// ``due(now:)`` is to be called then.
        case arm(Instant)
        case nothing
    }

    private let interval: Duration
    /// What waits.
    private var held = ""
    /// When something last went out.
    private var last: Instant?
    /// Whether ``due(now:)`` will be called.
    private var isArmed = false
    private var isOver = false

    /// - Parameter interval: at most one text goes out in each; zero: every piece goes out as it comes.
    init(interval: Duration) { self.interval = interval }

    /// A piece came.
    mutating func piece(_ text: String, now: Instant) -> Step {
        guard !isOver, !text.isEmpty else { return .nothing }
        held += text
        return step(now)
    }

    /// The time that was asked for has come, or nearly: a timer may be a moment early, or be one that is no longer needed.
    mutating func due(now: Instant) -> Step {
        isArmed = false
        return held.isEmpty ? .nothing : step(now)
    }

    /// What was to be sent cannot be now: it waits, with what comes, until this instant or later.
    mutating func putBack(_ text: String, until instant: Instant) -> Step {
        held = text + held
        last = instant - interval
        if isArmed { return .nothing }
        isArmed = true
        return .arm(instant)
    }

    /// The answer is whole, or broken off. Returns what still waits; nothing more goes out.
    mutating func finish() -> String? {
        defer {
            isOver = true
            held = ""
        }
        return held.isEmpty ? nil : held
    }

    private mutating func step(_ now: Instant) -> Step {
        let next = last.map { $0 + interval } ?? now
        if next <= now {
            defer { held = "" }
            last = now
            return .send(held)
        }
        if isArmed { return .nothing }
        isArmed = true
        return .arm(next)
    }
}
