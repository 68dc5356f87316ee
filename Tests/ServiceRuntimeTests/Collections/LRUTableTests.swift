import CoreTestSupport
import ServiceRuntime
import Testing

@Suite struct LRUTableTests {
    @Test func theLeastRecentlyUsedLeavesFirst() {
        var table = LRUTable<String, Int>(capacity: 2)
        table.update("a", default: 1) { _ in }
        table.update("b", default: 2) { _ in }
        #expect(table.value("a") == 1)
        table.update("c", default: 3) { _ in }
        #expect(table.count == 2)
        #expect(table.value("b") == nil)
        #expect(table.value("a") == 1)
        #expect(table.value("c") == 3)
    }

    @Test func anUpdateChangesWhatIsThereAndReturnsWhatTheBodyReturns() {
        var table = LRUTable<String, [Int]>(capacity: 4)
        let first = table.update("a", default: [1]) { value in
            value.append(2)
            return value.count
        }
        #expect(first == 2)
        #expect(table.update("a", default: []) { $0 } == [1, 2])
    }

    @Test(arguments: [-3, 0, 1])
    func itHoldsAtLeastOne(capacity: Int) {
        var table = LRUTable<Int, Int>(capacity: capacity)
        #expect(table.capacity == 1)
        for key in 0..<5 {
            table.update(key, default: key * 10) { _ in }
            #expect(table.value(key) == key * 10)
            #expect(table.value(key - 1) == nil)
            #expect(table.count == 1)
        }
    }

    @Test func whatIsTakenOutIsGoneAndItsPlaceFree() {
        var table = LRUTable<String, Int>(capacity: 3)
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] { table.update(key, default: value) { _ in } }
        #expect(table.remove("a") == 1)
        #expect(table.remove("a") == nil)
        #expect(table.count == 2)
        table.update("d", default: 4) { _ in }
        #expect(table.count == 3)
        #expect(table.removeOldest() == 2)
        #expect(table.removeOldest() == 3)
        #expect(table.removeOldest() == 4)
        #expect(table.removeOldest() == nil)
        #expect(table.count == 0)
    }

    /// The same as a list, newest first.
    private struct NaiveTable {
        let capacity: Int
        var entries: [(key: Int, value: Int)] = []

        mutating func value(_ key: Int) -> Int? {
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
            entries.insert(entries.remove(at: index), at: 0)
            return entries.first?.value
        }

        mutating func remove(_ key: Int) -> Int? {
            let old = value(key)
            if old != nil { entries.removeFirst() }
            return old
        }

        mutating func add(_ key: Int, _ amount: Int) -> Int {
            let old = value(key)
            if old != nil { entries.removeFirst() }
            entries.insert((key, (old ?? 0) + amount), at: 0)
            if entries.count > capacity { entries.removeLast() }
            return (old ?? 0) + amount
        }
    }

    @Test(arguments: [1, 2, 3, 10, 40])
    func doesWhatAListWouldDo(capacity: Int) {
        var random = SeededGenerator(seed: UInt64(capacity))
        var table = LRUTable<Int, Int>(capacity: capacity)
        var list = NaiveTable(capacity: capacity)
        for step in 0..<10_000 {
            let key = Int.random(in: 0..<30, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: #expect(table.remove(key) == list.remove(key))
            case 1: #expect(table.removeOldest() == list.entries.popLast()?.value)
            case 2, 3, 4: #expect(table.value(key) == list.value(key))
            default:
                let sum = table.update(key, default: 0) { value in
                    value += step
                    return value
                }
                #expect(sum == list.add(key, step))
            }
            #expect(table.count == list.entries.count)
        }
        for (key, value) in list.entries { #expect(table.value(key) == value) }
    }
}
