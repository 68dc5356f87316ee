/// What was found out lately: so many values, so many bytes, for so long. The least recently used leaves first. A value.
struct SizedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let value: Value
        let bytes: Int
        let end: ContinuousClock.Instant
    }

    private let ttl: Duration
    private let maxEntries: Int
    private let maxBytes: Int
    private var entries: LRUTable<Key, Entry>

    /// The bytes of all values held.
    private(set) var bytes = 0
    /// The values held, those whose time is over and that nobody asked for since among them.
    var count: Int { entries.count }

    /// An empty one. Where there is no time or no room, it stays empty.
    package init(ttl: Duration, maxEntries: Int, maxBytes: Int) {
        self.ttl = ttl
        self.maxEntries = maxEntries
        self.maxBytes = maxBytes
        entries = LRUTable(capacity: maxEntries)
    }

    /// The value of `key`, which counts as a use; nil where there is none, or its time is over.
    mutating func value(_ key: Key, now: ContinuousClock.Instant) -> Value? {
        guard let entry = entries.value(key) else { return nil }
        if now < entry.end { return entry.value }
        remove(key)
        return nil
    }

    /// Keeps a value, in place of the one there was; not one that is larger than all the room there is.
    mutating func store(_ value: Value, for key: Key, bytes size: Int, now: ContinuousClock.Instant) {
        remove(key)
        let size = max(0, size)
        guard ttl > .zero, maxEntries > 0, size <= maxBytes else { return }
        // Before the table itself makes room, which would not be counted.
        while count >= maxEntries || bytes > maxBytes - size, let oldest = entries.removeOldest() {
            bytes -= oldest.bytes
        }
        entries.update(key, default: Entry(value: value, bytes: size, end: now + ttl)) { _ in }
        bytes += size
    }

    private mutating func remove(_ key: Key) { bytes -= entries.remove(key)?.bytes ?? 0 }
}
