/// Which of several keys is used, by number, and which rest. A value.
struct KeyRests: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// When each one's rest ends; nil for one that never had any.
    private var ends: [Instant?]
    /// The one that was used last.
    private var used = 0

    /// So many keys, all awake.
    init(count: Int) { ends = Array(repeating: nil, count: count) }

    /// The key to use: the one used last, or the next one in the ring where that one rests. Where all rest, the one whose
    /// rest ends first. Nil where there are none.
    mutating func current(now: Instant) -> Int? {
        for offset in ends.indices {
            let index = (used + offset) % ends.count
            if isAwake(index, now) {
                used = index
                return index
            }
        }
        return ends.indices.min { left, right in
            guard let left = ends[left], let right = ends[right] else { return false }
            return left < right
        }
    }

    /// Puts a key aside; a longer rest is not cut short. Returns whether another one is awake.
    mutating func rest(_ index: Int, until end: Instant, now: Instant) -> Bool {
        if ends.indices.contains(index) { ends[index] = max(ends[index] ?? end, end) }
        return ends.indices.contains { $0 != index && isAwake($0, now) }
    }

    private func isAwake(_ index: Int, _ now: Instant) -> Bool { ends[index].map { $0 <= now } ?? true }
}
