import ServiceRuntime

/// Who has shown a key: random words that browsers keep instead of it.
struct SessionTable: Sendable {
    /// How long one holds.
    static let lifetime = Duration.seconds(12 * 3600)
    /// The most at once; the oldest leaves first.
    static let limit = 1000

    private struct Session: Sendable {
        let word: [UInt8]
        let end: ContinuousClock.Instant
    }

    private var sessions: [Session] = []

    /// How many hold.
    var count: Int { sessions.count }

    /// Begins one.
    /// - Parameter word: nobody can guess it.
    mutating func begin(_ word: String, now: ContinuousClock.Instant) {
        sessions.removeAll { $0.end <= now }
        if sessions.count >= Self.limit { sessions.removeFirst(sessions.count - Self.limit + 1) }
        sessions.append(Session(word: Array(word.utf8), end: now + Self.lifetime))
    }

    /// Whether a word is one that holds. Looks at all of them, whichever it is.
    func holds(_ word: String, now: ContinuousClock.Instant) -> Bool {
        let given = Array(word.utf8)
        var isKnown = false
        for session in sessions where BearerKeys.isSame(given, session.word) && session.end > now { isKnown = true }
        return isKnown
    }

    /// Ends one.
    mutating func end(_ word: String) {
        let given = Array(word.utf8)
        sessions.removeAll { BearerKeys.isSame(given, $0.word) }
    }
}
