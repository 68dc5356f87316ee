/// A dictionary with a bounded number of entries: the least recently used is removed first. Every operation takes
/// constant time.
public struct LRUTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var key: Key
        var value: Value
        /// Towards the more recently used; -1 at the end.
        var newer: Int
        /// Towards the less recently used; -1 at the end.
        var older: Int
    }

    /// The most entries held.
    public let capacity: Int
    private var places: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var newest = -1
    private var oldest = -1

    /// - Parameter capacity: the most entries held, at least 1.
    public init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The entries held.
    public var count: Int { places.count }

    /// The keys held, in no order.
    package var keys: [Key] { Array(places.keys) }

    /// The value of `key`, which counts as a use.
    public mutating func value(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        touch(place)
        return entries[place].value
    }

    /// Changes the value of `key` in place (`initial` where there is none), which counts as a use.
    public mutating func update<Result>(
        _ key: Key, default initial: @autoclosure () -> Value, _ body: (inout Value) -> Result
    ) -> Result {
        let place = places[key] ?? insert(key, initial())
        touch(place)
        return body(&entries[place].value)
    }

    /// Takes `key` out; nil where it is not in.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        unlink(place)
        let value = entries[place].value
        fill(place)
        return value
    }

    /// Takes out the least recently used; nil where nothing is in.
    @discardableResult
    package mutating func removeOldest() -> Value? { oldest < 0 ? nil : remove(entries[oldest].key) }

    /// Takes out the least recently used of those that may leave, if it is among the `tries` least recently used; those
    /// that may not count as used now.
    package mutating func removeOldest(within tries: Int, where mayLeave: (Value) -> Bool) -> (key: Key, value: Value)?
    {
        for _ in 0..<min(tries, count) {
            let entry = entries[oldest]
            if mayLeave(entry.value) {
                remove(entry.key)
                return (entry.key, entry.value)
            }
            touch(oldest)
        }
        return nil
    }

    private mutating func insert(_ key: Key, _ value: Value) -> Int {
        let entry = Entry(key: key, value: value, newer: -1, older: -1)
        let place: Int
        if entries.count < capacity {
            place = entries.count
            entries.append(entry)
        } else {
            place = oldest
            unlink(place)
            places.removeValue(forKey: entries[place].key)
            entries[place] = entry
        }
        places[key] = place
        link(place)
        return place
    }

    /// Moves the last entry to a place that is free, so that there are no gaps.
    private mutating func fill(_ place: Int) {
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        places[last.key] = place
        if last.newer >= 0 { entries[last.newer].older = place } else { newest = place }
        if last.older >= 0 { entries[last.older].newer = place } else { oldest = place }
    }

    private mutating func touch(_ place: Int) {
        guard place != newest else { return }
        unlink(place)
        link(place)
    }

    private mutating func link(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = -1
        if newest >= 0 { entries[newest].newer = place }
        newest = place
        if oldest < 0 { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        if newer >= 0 { entries[newer].older = older } else { newest = older }
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    }
}
