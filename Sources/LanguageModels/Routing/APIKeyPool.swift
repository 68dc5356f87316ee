import ServiceRuntime
import Synchronization

/// The API keys of one provider. One is used until it is put aside, because the provider asked it to slow down or its
/// credit is used up; then the next one is used.
final class APIKeyPool: Sendable {
    /// The keys, in the order of their use.
    let all: [Secret]
    private let cooldowns: Mutex<KeyCooldowns>

    init(_ keys: [Secret]) {
        all = keys
        cooldowns = Mutex(KeyCooldowns(count: keys.count))
    }

    /// Whether there is none.
    var isEmpty: Bool { all.isEmpty }

    /// Returns the key to use; nil where there are none. While all cool down it is the one whose cooldown ends first: a
    /// provider's answer is better than none.
    func current(now: @autoclosure () -> ContinuousClock.Instant) -> (index: Int, key: Secret)? {
        switch all.count {
        case 0: nil
        case 1: (0, all[0])
        default: cooldowns.withLock { [now = now()] in $0.current(now: now) }.map { ($0, all[$0]) }
        }
    }

    /// Puts a key aside for a while; a longer cooldown that it has already is not cut short.
    ///
    /// - Returns: whether another key is available, so that asking again at once may help.
    @discardableResult
    func putAside(_ index: Int, for duration: Duration, now: ContinuousClock.Instant) -> Bool {
        cooldowns.withLock { $0.putAside(index, until: now + duration, now: now) }
    }
}

/// Which of several keys is used, by number, and which cool down. A value.
struct KeyCooldowns: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// When the cooldown of each ends; nil for one that never had any.
    private var ends: [Instant?]
    /// The one that was used last.
    private var used = 0

    /// Creates the cooldowns of `count` keys, all of them available.
    init(count: Int) { ends = Array(repeating: nil, count: count) }

    /// Returns the key to use: the one used last, or the next one in order that is available. While all cool down, it is
    /// the one whose cooldown ends first. Nil where there are none.
    mutating func current(now: Instant) -> Int? {
        for offset in ends.indices {
            let index = (used + offset) % ends.count
            if isAvailable(index, now) {
                used = index
                return index
            }
        }
        return ends.indices.min { left, right in
            guard let left = ends[left], let right = ends[right] else { return false }
            return left < right
        }
    }

    /// Puts a key aside; a longer cooldown is not cut short. Returns whether another key is available.
    mutating func putAside(_ index: Int, until end: Instant, now: Instant) -> Bool {
        if ends.indices.contains(index) { ends[index] = max(ends[index] ?? end, end) }
        return ends.indices.contains { $0 != index && isAvailable($0, now) }
    }

    private func isAvailable(_ index: Int, _ now: Instant) -> Bool { ends[index].map { $0 <= now } ?? true }
}
