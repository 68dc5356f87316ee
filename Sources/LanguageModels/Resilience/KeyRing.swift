import ServiceRuntime
import Synchronization

/// The keys of one provider. One is used until it is put aside, because the provider asked it to slow down, or its credit
/// is used up; then it is the next one's turn.
final class KeyRing: Sendable {
    private let keys: [Secret]
    private let rests: Mutex<KeyRests>

    /// - Parameter keys: in the order of their use.
    init(_ keys: [Secret]) {
        self.keys = keys
        rests = Mutex(KeyRests(count: keys.count))
    }

    /// How many there are.
    var count: Int { keys.count }

    /// The key to use. Where all rest it is the one whose rest ends first, since a provider's word is better than none;
    /// nil where there are none.
    func current(now: ContinuousClock.Instant) -> (index: Int, key: Secret)? {
        rests.withLock { $0.current(now: now) }.map { ($0, keys[$0]) }
    }

    /// Puts a key aside for a while; a longer rest it has already is not cut short.
    ///
    /// - Returns: whether another key is awake, so that asking again at once may help.
    @discardableResult
    func rest(_ index: Int, for duration: Duration, now: ContinuousClock.Instant) -> Bool {
        rests.withLock { $0.rest(index, until: now + duration, now: now) }
    }
}
