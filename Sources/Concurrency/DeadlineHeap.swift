/// The deadlines of all transfers, the earliest on top: setting and removing one costs the logarithm of their number.
///
/// An id is a small number (a place in a table), at most once in the heap.
package struct DeadlineHeap: Sendable {
    private struct Entry {
        var deadline: UInt64
        var id: Int
    }

    private var entries: [Entry] = []
    /// Where an id is in `entries`; -1 when it is not.
    private var positions: [Int] = []

    /// Creates an empty heap.
    package init() {}

    /// The earliest deadline.
    package var earliest: UInt64? { entries.first?.deadline }

    /// The number of deadlines.
    package var count: Int { entries.count }

    /// Sets or moves the deadline of an id.
    package mutating func set(_ id: Int, _ deadline: UInt64) {
        while positions.count <= id { positions.append(-1) }
        let position = positions[id]
        if position < 0 {
            entries.append(Entry(deadline: deadline, id: id))
            positions[id] = entries.count - 1
            siftUp(entries.count - 1)
        } else {
            entries[position].deadline = deadline
            settle(position)
        }
    }

    /// Forgets an id; nothing happens if it is unknown.
    package mutating func remove(_ id: Int) {
        guard id < positions.count, positions[id] >= 0 else { return }
        let position = positions[id]
        swap(position, entries.count - 1)
        entries.removeLast()
        positions[id] = -1
        if position < entries.count { settle(position) }
    }

    /// Takes out one id whose deadline is not after `now`.
    package mutating func popExpired(at now: UInt64) -> Int? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        remove(first.id)
        return first.id
    }

    private mutating func settle(_ position: Int) {
        siftUp(position)
        siftDown(position)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].deadline < entries[parent].deadline else { return }
            swap(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < entries.count, entries[left].deadline < entries[least].deadline { least = left }
            if left + 1 < entries.count, entries[left + 1].deadline < entries[least].deadline { least = left + 1 }
            guard least != parent else { return }
            swap(parent, least)
            parent = least
        }
    }

    private mutating func swap(_ a: Int, _ b: Int) {
        entries.swapAt(a, b)
        positions[entries[a].id] = a
        positions[entries[b].id] = b
    }
}
