import CoreTestSupport
import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("The keys of a provider")
struct APIKeyPoolTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func pool(_ keys: String...) -> APIKeyPool { APIKeyPool(keys.map { Secret($0) }) }

    @Test("are none where there are none")
    func none() {
        let pool = pool()
        #expect(pool.isEmpty)
        #expect(pool.current(now: start) == nil)
        #expect(!pool.putAside(0, for: .seconds(1), now: start))
        #expect(pool.current(now: start) == nil)
    }

    @Test("are used one at a time, until each is put aside")
    func rotation() {
        let pool = pool("a", "b", "c")
        #expect(pool.all.count == 3)
        for _ in 0..<3 { #expect(pool.current(now: at(0))?.key == Secret("a")) }
        #expect(pool.putAside(0, for: .seconds(60), now: at(0)))
        for _ in 0..<3 { #expect(pool.current(now: at(1))?.key == Secret("b")) }
        // The first is awake again; the second goes on all the same, and then it is the third's turn.
        #expect(pool.current(now: at(60))?.index == 1)
        #expect(pool.putAside(1, for: .seconds(60), now: at(60)))
        #expect(pool.current(now: at(60))?.index == 2)
        #expect(pool.putAside(2, for: .seconds(60), now: at(60)))
        #expect(pool.current(now: at(60))?.index == 0)
    }

    @Test("are used again when their rest is over")
    func wakes() {
        let pool = pool("a", "b")
        #expect(pool.putAside(0, for: .seconds(10), now: at(0)))
        #expect(pool.current(now: at(10))?.index == 0)
        #expect(pool.putAside(0, for: .seconds(10), now: at(10)))
        #expect(pool.current(now: at(19))?.index == 1)
        #expect(pool.putAside(1, for: .seconds(10), now: at(20)))
        #expect(pool.current(now: at(20))?.index == 0)
    }

    @Test(
        "when all rest, are used by whose rest ends first",
        arguments: [
            ([30, 20, 10], 2), ([10, 20, 30], 0), ([20, 10, 30], 1), ([10, 10, 10], 0), ([20, 10, 10], 1),
        ])
    func allRest(rests: [Int], expected: Int) {
        let pool = pool("a", "b", "c")
        for (index, rest) in rests.enumerated() {
            #expect(pool.putAside(index, for: .seconds(rest), now: at(0)) == (index < 2))
        }
        #expect(pool.current(now: at(0))?.index == expected)
    }

    @Test("rest for the longest time they were ever put aside for")
    func longest() {
        let pool = pool("a", "b")
        #expect(pool.putAside(0, for: .seconds(100), now: at(0)))
        #expect(pool.putAside(0, for: .seconds(1), now: at(0)))
        #expect(pool.current(now: at(50))?.index == 1)
        #expect(!pool.putAside(1, for: .seconds(10), now: at(50)))
        #expect(pool.current(now: at(50))?.index == 1)
        #expect(!pool.putAside(1, for: .seconds(100), now: at(50)))
        #expect(pool.current(now: at(50))?.index == 0)
    }

    @Test("have a number, and other numbers are in nobody's way", arguments: [-1, 2, Int.max])
    func strangers(index: Int) {
        let pool = pool("a", "b")
        #expect(pool.putAside(index, for: .seconds(10), now: at(0)))
        #expect(pool.current(now: at(0))?.index == 0)
    }

    @Test("one alone is used, resting or not, and is no other key than itself", arguments: [10, 0, -10])
    func alone(rest: Int) {
        let pool = pool("a")
        #expect(!pool.putAside(0, for: .seconds(rest), now: at(0)))
        #expect(pool.current(now: at(0))?.key == Secret("a"))
    }

    private struct NoKey: Error {}

    @Test("are never one that rests while another is awake", arguments: [51, 52, 53])
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var cooldowns = KeyCooldowns(count: 5)
        var ends = Array(repeating: 0, count: 5)
        var used: Int?
        for now in 0..<2_000 {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let index = Int.random(in: 0..<5, using: &random)
                let end = now + Int.random(in: 1...40, using: &random)
                ends[index] = max(ends[index], end)
                let others = ends.indices.contains { $0 != index && ends[$0] <= now }
                #expect(cooldowns.putAside(index, until: at(end), now: at(now)) == others)
            }
            guard let current = cooldowns.current(now: at(now)) else { throw NoKey() }
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
