import Testing

@testable import ServiceRuntime

@Suite("Who waits for which call")
struct SharedCallTableTests {
    private typealias Table = SharedCallTable<String, Int>

    private let start = ContinuousClock.now

    private func table() -> Table { Table(cache: SizedCache(ttl: .seconds(60), maxEntries: 10, maxBytes: 100)) }

    private enum Asked: Equatable {
        case stored(Int)
        case joined(Table.Place)
        case started(Table.Place)
    }

    private func ask(_ table: inout Table, _ key: String) -> Asked {
        switch table.enter(key, now: start) {
        case .stored(let value): .stored(value)
        case .joined(let place): .joined(place)
        case .started(let place): .started(place)
        }
    }

    private func started(_ table: inout Table, _ key: String) throws -> Table.Place {
        guard case .started(let place) = table.enter(key, now: start) else { throw Unexpected() }
        return place
    }

    private func joined(_ table: inout Table, _ key: String) throws -> Table.Place {
        guard case .joined(let place) = table.enter(key, now: start) else { throw Unexpected() }
        return place
    }

    private struct Unexpected: Error {}

    @Test("the first starts it, the others join, and all of them are told")
    func joins() throws {
        var table = table()
        let first = try started(&table, "a")
        let (second, third) = (try joined(&table, "a"), try joined(&table, "a"))
        let other = try started(&table, "b")
        #expect(Set([second.call, third.call]) == [first.call])
        #expect(other.call != first.call)
        #expect(table.callCount == 2)
        let told = table.finish(first.call, found: (7, 1), now: start)
        #expect(told == [first.waiter, second.waiter, third.waiter])
        #expect(ask(&table, "a") == .stored(7))
        #expect(table.isWanted(other.call) && !table.isWanted(first.call))
        #expect(table.finish(first.call, found: (8, 1), now: start) == [])
        #expect(ask(&table, "a") == .stored(7))
    }

    @Test("a failure is not kept")
    func failure() throws {
        var table = table()
        let first = try started(&table, "a")
        #expect(table.finish(first.call, found: nil, now: start) == [first.waiter])
        #expect(try started(&table, "a").call != first.call)
    }

    @Test("whoever leaves is not told; the last one ends the call", arguments: [true, false])
    func leaving(isLeaderFirst: Bool) throws {
        var table = table()
        let (leader, joiner) = (try started(&table, "a"), try joined(&table, "a"))
        let (first, last) = isLeaderFirst ? (leader, joiner) : (joiner, leader)
        #expect(table.leave(first) == false)
        #expect(table.leave(first) == false)
        #expect(table.isWanted(leader.call))
        #expect(table.leave(last) == true)
        #expect(table.leave(last) == false)
        #expect(!table.isWanted(leader.call))
        #expect(table.callCount == 0)
    }

    @Test("a call nobody waited for is not heard, and not in the way of the next")
    func abandoned() throws {
        var table = table()
        let old = try started(&table, "a")
        #expect(table.leave(old) == true)
        let new = try started(&table, "a")
        #expect(table.finish(old.call, found: (1, 1), now: start) == [])
        #expect(try joined(&table, "a").call == new.call)
        #expect(table.cache.count == 0)
    }

    @Test("leaving after the end changes nothing")
    func late() throws {
        var table = table()
        let first = try started(&table, "a")
        _ = table.finish(first.call, found: nil, now: start)
        let second = try started(&table, "a")
        #expect(table.leave(first) == false)
        #expect(table.isWanted(second.call))
    }
}
