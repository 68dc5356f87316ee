import CoreTestSupport
import Concurrency
import Testing

@Suite struct FIFOTests {
    @Test func empty() {
        var queue = FIFO<Int>()
        #expect(queue.isEmpty)
        #expect(queue.count == 0)
        #expect(queue.first == nil)
        #expect(queue.popFirst() == nil)
        #expect(Array(queue) == [])
        queue.removeAll { _ in true }
        #expect(queue.isEmpty)
    }

    @Test func outAtTheFrontInTheOrderTheyWentIn() {
        var queue = FIFO<String>()
        for word in ["a", "b", "c"] { queue.append(word) }
        #expect(queue.first == "a")
        #expect(queue.popFirst() == "a")
        #expect(Array(queue) == ["b", "c"])
        queue.append("d")
        #expect(queue.count == 3)
        #expect([queue.popFirst(), queue.popFirst(), queue.popFirst(), queue.popFirst()] == ["b", "c", "d", nil])
    }

    @Test func whatMatchesIsTakenOutAndTheRestKeepsItsOrder() {
        var queue = FIFO<Int>()
        for number in 0..<10 { queue.append(number) }
        queue.popFirst()
        queue.removeAll { $0.isMultiple(of: 3) }
        #expect(Array(queue) == [1, 2, 4, 5, 7, 8])
        #expect(queue.count == 6)
        #expect(queue.first == 1)
    }

    @Test func aCopyStaysAsItWas() {
        var queue = FIFO(0..<3)
        let copy = queue
        queue.popFirst()
        queue.append(9)
        queue[0] = 7
        #expect(Array(copy) == [0, 1, 2])
        #expect(Array(queue) == [7, 2, 9])
        #expect(queue != copy && queue == FIFO([7, 2, 9]))
    }

    @Test(arguments: [11, 12, 13])
    func doesWhatAnArrayWouldDo(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = FIFO<Int>()
        var array: [Int] = []
        for step in 0..<20_000 {
            // Grows to hundreds and shrinks to nothing in turns, so that the room in front is given back many times.
            switch Int.random(in: 0..<100, using: &random) {
            case ..<((step / 500).isMultiple(of: 2) ? 70 : 25):
                queue.append(step)
                array.append(step)
            case 99:
                let remainder = Int.random(in: 0..<17, using: &random)
                queue.removeAll { $0 % 17 == remainder }
                array.removeAll { $0 % 17 == remainder }
            case 98 where !array.isEmpty:
                let place = Int.random(in: 0..<array.count, using: &random)
                #expect(queue[place] == array[place])
                queue[place] = step
                array[place] = step
            default:
                #expect(queue.popFirst() == (array.isEmpty ? nil : array.removeFirst()))
            }
            #expect(queue.count == array.count)
            #expect(queue.first == array.first)
            #expect(queue.isEmpty == array.isEmpty)
            if step.isMultiple(of: 97) { #expect(Array(queue) == array) }
        }
    }
}
