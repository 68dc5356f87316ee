/// Who waits for which call, and what the calls found out lately. A value: what is to be done is returned.
struct SharedCallTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A place at a call.
    struct Place: Hashable, Sendable {
        /// The call that is waited for.
        let call: UInt64
        /// Who waits; no two are the same.
        let waiter: UInt64
    }

    /// What there is for somebody who asks.
    enum Entry: Sendable {
        /// The value.
        case stored(Value)
        /// A call that runs.
        case joined(Place)
        /// Nothing: the call is to be started.
        case started(Place)
    }

    private struct Call: Sendable {
        let key: Key
        var waiters: Set<UInt64>
    }

    private var calls: [UInt64: Call] = [:]
    /// The call that runs for a key.
    private var running: [Key: UInt64] = [:]
    private var nextNumber: UInt64 = 0
    /// What calls found out.
    private(set) var cache: SizedCache<Key, Value>

    /// Nobody waits.
    ///
    /// - Parameter cache: where the values are kept.
    package init(cache: SizedCache<Key, Value>) { self.cache = cache }

    /// The calls that somebody waits for.
    var callCount: Int { calls.count }

    /// Somebody asks for `key`.
    mutating func enter(_ key: Key, now: ContinuousClock.Instant) -> Entry {
        if let value = cache.value(key, now: now) { return .stored(value) }
        let waiter = number()
        if let call = running[key] {
            calls[call]?.waiters.insert(waiter)
            return .joined(Place(call: call, waiter: waiter))
        }
        let call = number()
        calls[call] = Call(key: key, waiters: [waiter])
        running[key] = call
        return .started(Place(call: call, waiter: waiter))
    }

    /// Somebody waits no longer. Returns whether that was the last one, so that the call is to be cancelled; whoever asks
    /// next starts another.
    mutating func leave(_ place: Place) -> Bool {
        guard var call = calls[place.call], call.waiters.remove(place.waiter) != nil else { return false }
        guard call.waiters.isEmpty else {
            calls[place.call] = call
            return false
        }
        calls.removeValue(forKey: place.call)
        running.removeValue(forKey: call.key)
        return true
    }

    /// Whether somebody waits for a call.
    func isWanted(_ call: UInt64) -> Bool { calls[call] != nil }

    /// A call has ended. Returns who waited for it.
    ///
    /// - Parameter found: the value and its size, kept where somebody still wants it; nil where the call failed.
    mutating func finish(
        _ call: UInt64, found: (value: Value, bytes: Int)?, now: ContinuousClock.Instant
    ) -> Set<UInt64> {
        guard let call = calls.removeValue(forKey: call) else { return [] }
        running.removeValue(forKey: call.key)
        if let found { cache.store(found.value, for: call.key, bytes: found.bytes, now: now) }
        return call.waiters
    }

    private mutating func number() -> UInt64 {
        nextNumber += 1
        return nextNumber
    }
}
