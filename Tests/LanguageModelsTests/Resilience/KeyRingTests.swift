import CoreTestSupport
import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("The keys of a provider")
struct KeyRingTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func ring(_ keys: String...) -> KeyRing { KeyRing(keys.map { Secret($0) }) }

    @Test("are none where there are none")
    func none() {
        let ring = ring()
        #expect(ring.count == 0)
        #expect(ring.current(now: start) == nil)
        #expect(!ring.rest(0, for: .seconds(1), now: start))
        #expect(ring.current(now: start) == nil)
    }

    @Test("are used one at a time, until each is put aside")
    func rotation() {
        let ring = ring("a", "b", "c")
        #expect(ring.count == 3)
        for _ in 0..<3 { #expect(ring.current(now: at(0))?.key == Secret("a")) }
        #expect(ring.rest(0, for: .seconds(60), now: at(0)))
        for _ in 0..<3 { #expect(ring.current(now: at(1))?.key == Secret("b")) }
        // The first is awake again; the second goes on all the same, and then it is the third's turn.
        #expect(ring.current(now: at(60))?.index == 1)
        #expect(ring.rest(1, for: .seconds(60), now: at(60)))
        #expect(ring.current(now: at(60))?.index == 2)
        #expect(ring.rest(2, for: .seconds(60), now: at(60)))
        #expect(ring.current(now: at(60))?.index == 0)
    }

    @Test("are used again when their rest is over")
    func wakes() {
        let ring = ring("a", "b")
        #expect(ring.rest(0, for: .seconds(10), now: at(0)))
        #expect(ring.current(now: at(10))?.index == 0)
        #expect(ring.rest(0, for: .seconds(10), now: at(10)))
        #expect(ring.current(now: at(19))?.index == 1)
        #expect(ring.rest(1, for: .seconds(10), now: at(20)))
        #expect(ring.current(now: at(20))?.index == 0)
    }

    @Test(
        "when all rest, are used by whose rest ends first",
        arguments: [
            ([30, 20, 10], 2), ([10, 20, 30], 0), ([20, 10, 30], 1), ([10, 10, 10], 0), ([20, 10, 10], 1),
        ])
    func allRest(rests: [Int], expected: Int) {
        let ring = ring("a", "b", "c")
        for (index, rest) in rests.enumerated() {
            #expect(ring.rest(index, for: .seconds(rest), now: at(0)) == (index < 2))
        }
        #expect(ring.current(now: at(0))?.index == expected)
    }

    @Test("rest for the longest time they were ever put aside for")
    func longest() {
        let ring = ring("a", "b")
        #expect(ring.rest(0, for: .seconds(100), now: at(0)))
        #expect(ring.rest(0, for: .seconds(1), now: at(0)))
        #expect(ring.current(now: at(50))?.index == 1)
        #expect(!ring.rest(1, for: .seconds(10), now: at(50)))
        #expect(ring.current(now: at(50))?.index == 1)
        #expect(!ring.rest(1, for: .seconds(100), now: at(50)))
        #expect(ring.current(now: at(50))?.index == 0)
    }

    @Test("have a number, and other numbers are in nobody's way", arguments: [-1, 2, Int.max])
    func strangers(index: Int) {
        let ring = ring("a", "b")
        #expect(ring.rest(index, for: .seconds(10), now: at(0)))
        #expect(ring.current(now: at(0))?.index == 0)
    }

    @Test("one alone is used, resting or not, and is no other key than itself", arguments: [10, 0, -10])
    func alone(rest: Int) {
        let ring = ring("a")
        #expect(!ring.rest(0, for: .seconds(rest), now: at(0)))
        #expect(ring.current(now: at(0))?.key == Secret("a"))
    }

    private struct NoKey: Error {}

    @Test("are never one that rests while another is awake", arguments: [51, 52, 53])
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rests = KeyRests(count: 5)
        var ends = Array(repeating: 0, count: 5)
        var used: Int?
        for now in 0..<2_000 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let index = Int.random(in: 0..<5, using: &random)
                let end = now + Int.random(in: 1...40, using: &random)
                ends[index] = max(ends[index], end)
                let others = ends.indices.contains { $0 != index && ends[$0] <= now }
                #expect(rests.rest(index, until: at(end), now: at(now)) == others)
            }
            guard let current = rests.current(now: at(now)) else { throw NoKey() }
            if ends.contains(where: { $0 <= now }) {
                #expect(ends[current] <= now)
                if let used, ends[used] <= now { #expect(current == used) }
                used = current
            } else {
                #expect(ends[current] == ends.min())
            }
        }
    }
}
