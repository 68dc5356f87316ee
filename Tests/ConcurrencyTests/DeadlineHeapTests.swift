import Testing

@testable import Concurrency

@Suite struct DeadlineHeapTests {
    @Test func earliestFirst() {
        var heap = DeadlineHeap()
        for (id, deadline) in [50, 10, 40, 20, 30, 10].enumerated() { heap.set(id, UInt64(deadline)) }
        #expect(heap.earliest == 10)
        #expect(heap.popExpired(at: 9) == nil)
        var order: [Int] = []
        while let id = heap.popExpired(at: 40) { order.append(id) }
        #expect(Set(order.prefix(2)) == [1, 5])
        #expect(Array(order.dropFirst(2)) == [3, 4, 2])
        #expect(heap.count == 1)
        #expect(heap.earliest == 50)
    }

    @Test("Against a plain table, over many random steps")
    func model() {
        var heap = DeadlineHeap()
        var table: [Int: UInt64] = [:]
        var generator = SplitMix(state: 42)
        for _ in 0..<20_000 {
            let id = Int.random(in: 0..<60, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let deadline = UInt64.random(in: 0..<1000, using: &generator)
                heap.set(id, deadline)
                table[id] = deadline
            case 2:
                heap.remove(id)
                table[id] = nil
            default:
                let now = UInt64.random(in: 0..<300, using: &generator)
                if let popped = heap.popExpired(at: now) {
                    #expect(table[popped] == table.values.min())
                    #expect((table.removeValue(forKey: popped) ?? .max) <= now)
                } else {
                    #expect((table.values.min() ?? .max) > now)
                }
            }
            #expect(heap.earliest == table.values.min())
            #expect(heap.count == table.count)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
