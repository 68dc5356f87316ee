import HTTPServing
import ServiceRuntime

/// Who has shown a key: random words that browsers keep instead of it. They are looked up by their hashes, so that how long
/// that takes tells nothing of them.
struct SessionTable: Sendable {
    /// How long one holds.
    static let lifetime = Duration.seconds(12 * 3600)
    /// The most at once with one key; that key's oldest leaves first, and nobody else's.
    static let limit = 100

    /// Somebody who is signed in.
    struct Session: Sendable, Equatable {
        /// No other has it, later ones included.
        let number: Int
        let end: ContinuousClock.Instant
    }

    private struct Entry: Sendable {
        let session: Session
        let key: Int
    }

    private var entries: [String: Entry] = [:]
    private var lastNumber = 0

    /// How many hold.
    var count: Int { entries.count }

    /// Begins one.
    ///
    /// - Parameters:
    ///   - word: nobody can guess it.
    ///   - key: the place of the key that was shown.
    /// - Returns: the numbers of those that it has ended.
    mutating func begin(_ word: String, key: Int, now: ContinuousClock.Instant) -> Set<Int> {
        var leaving = entries.filter { $0.value.session.end <= now }
        let others = entries.filter { $0.value.key == key && leaving[$0.key] == nil }
        if others.count >= Self.limit,
            let oldest = others.min(by: { $0.value.session.number < $1.value.session.number })
        {
            leaving[oldest.key] = oldest.value
        }
        for hash in leaving.keys { entries[hash] = nil }
        lastNumber += 1
        let session = Session(number: lastNumber, end: now + Self.lifetime)
        entries[Self.hash(word)] = Entry(session: session, key: key)
        return Set(leaving.values.map(\.session.number))
    }

    /// What goes by a word, if it holds.
    func session(_ word: String, now: ContinuousClock.Instant) -> Session? {
        entries[Self.hash(word)].flatMap { $0.session.end > now ? $0.session : nil }
    }

    /// Ends one.
    ///
    /// - Returns: Its number; nil if there is no such session.
    mutating func end(_ word: String) -> Int? { entries.removeValue(forKey: Self.hash(word))?.session.number }

    private static func hash(_ word: String) -> String { SHA256.hexadecimal(Array(word.utf8)) }
}
