import CoreTestSupport
import Testing

@testable import Conversations

@Suite struct TurnListTests {
    @Test(arguments: [7, 8, 9] as [UInt64])
    func isAnArrayThatKnowsItsSize(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (list, array) = (TurnList(), [Turn]())
        for number in 0..<2000 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                list.append(turn(number))
                array.append(turn(number))
            case 4..<7 where !array.isEmpty: #expect(list.removeFirst() == array.removeFirst())
            case 7 where !array.isEmpty:
                let place = array.indices.randomElement(using: &random) ?? 0
                list.replace(at: place, with: turn(number))
                array[place] = turn(number)
            default: break
            }
            #expect(list.count == array.count)
            #expect(list.first == array.first && list.last == array.last)
            #expect(list.textBytes == array.reduce(0) { $0 + $1.textBytes })
            #expect(list.keptBytes == array.reduce(0) { $0 + $1.bytes })
            if number.isMultiple(of: 97) { #expect(list == array) }
        }
        #expect(list == array)
        #expect(list == TurnList(array))
    }

    @Test func aCopyStaysAsItWas() {
        var list = TurnList(turns(0..<3))
        let copy = list
        _ = list.removeFirst()
        list.append(turn(9))
        #expect(copy == turns(0..<3))
        #expect(list == turns([1, 2, 9]))
        #expect(list != copy)
    }
}
