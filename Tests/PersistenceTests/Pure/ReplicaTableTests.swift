import Concurrency
import Conversations
import Testing

@testable import Persistence

@Suite("The documents in memory") struct ReplicaTableTests {
    private typealias Table = ReplicaTable<Ledger>

    private func read(_ table: inout Table, _ key: String, _ lines: [String] = []) {
        table.update(key) { replica, number in
            let reading = replica.beginReading(number: number, now: .first)
            _ = replica.absorb(.document(Ledger(lines), writer: "other", revision: 1), reading)
        }
    }

    private func change(_ table: inout Table, _ key: String, _ line: String = "a") {
        table.update(key) { replica, number in
            _ = replica.add(.add(line), number: number, waiter: WaitSlot(), earliest: .first)
        }
    }

    private func settle(_ table: inout Table, _ key: String) {
        table.update(key) { replica, _ in _ = replica.giveUp() }
    }

    @Test func theLeastRecentlyUsedLeave() {
        var table = Table(limits: ReplicaLimits(documents: 3, bytes: 1 << 20))
        for key in ["a", "b", "c"] { read(&table, key) }
        _ = table.peek("a")
        read(&table, "d")
        #expect(table.makeRoom().isEmpty)
        #expect(table.count == 3)
        #expect(table.peek("b") == nil)
        #expect(table.peek("a") != nil)
    }

    @Test func theLargeOnesLeaveToo() {
        var table = Table(limits: ReplicaLimits(documents: 100, bytes: 2000))
        for number in 0..<4 { read(&table, "\(number)", [String(repeating: "x", count: 600)]) }
        #expect(table.bytes == 4 * 800)
        #expect(table.makeRoom().isEmpty)
        #expect(table.count == 2)
        #expect(table.bytes == 1600)
        #expect(table.peek("3") != nil)
    }

    @Test func whatIsNotWrittenStays() {
        var table = Table(limits: ReplicaLimits(documents: 2, bytes: 1 << 20))
        for key in ["a", "b"] { change(&table, key) }
        for key in ["c", "d", "e"] { read(&table, key) }
        #expect(table.makeRoom().isEmpty)
        #expect(table.dirty == ["a", "b"])
        #expect(table.count == 2)
        settle(&table, "a")
        #expect(table.dirty == ["b"])
        read(&table, "f")
        #expect(table.makeRoom().isEmpty)
        #expect(table.peek("a") == nil)
        #expect(table.peek("b")?.isDirty == true)
    }

    @Test func noMoreThanThreeTimesTheRoomIsTaken() {
        var table = Table(limits: ReplicaLimits(documents: 2, bytes: 1 << 20))
        var lost = 0
        for number in 0..<100 {
            change(&table, "\(number)")
            lost += table.makeRoom().count
            #expect(table.count <= 6)
        }
        #expect(lost == 94)
        #expect(table.dirty.count == 6)
        #expect(table.peek("99") != nil)
    }

    @Test func noMoreThanThreeTimesTheBytesAreTaken() {
        var table = Table(limits: ReplicaLimits(documents: 1000, bytes: 1000))
        var lost = 0
        for number in 0..<20 {
            change(&table, "\(number)", String(repeating: "x", count: 500))
            lost += table.makeRoom().count
            #expect(table.bytes <= 3000)
        }
        #expect(lost == 20 - table.count)
        #expect(table.count == 2)
    }

    @Test func theBytesAreThoseOfWhatIsThere() {
        var table = Table(limits: ReplicaLimits(documents: 5, bytes: 1 << 20))
        for round in 0..<40 {
            let key = "\(round % 9)"
            if round.isMultiple(of: 3) { change(&table, key, "line \(round)") } else { read(&table, key, ["\(round)"]) }
            if round.isMultiple(of: 4) { settle(&table, key) }
            _ = table.makeRoom()
        }
        let bytes = (0..<9).compactMap { table.peek("\($0)")?.bytes }.reduce(0, +)
        #expect(table.bytes == bytes)
        #expect(table.dirty == Set((0..<9).map(String.init).filter { table.peek($0)?.isDirty == true }))
    }

    // MARK: who waits

    /// Makes a change that somebody waits for.
    private func wait(_ table: inout Table, _ key: String, _ line: String) -> (Table.Waiter, dropped: [Table.Pending]) {
        let waiter = Table.Waiter()
        return (waiter, table.add(.add(line), to: key, waiter, earliest: .first).dropped)
    }

    @Test func whoWaitsIsToldWhatBecameOfTheChangeAndOnlyOnce() async {
        var table = Table(limits: ReplicaLimits(documents: 5))
        let waiters = ["a", "b"].map { wait(&table, "key", $0).0 }
        let pending = table.update("key") { replica, _ in replica.giveUp() }
        #expect(pending.map { $0.waiter === waiters[0] } == [true, false])
        // Nobody waits yet: it is kept for them, once.
        for isPersisted in [true, false] { for change in pending { change.end(isPersisted: isPersisted) } }
        for (waiter, outcome) in zip(waiters, [1, 2]) {
            let told = await waiter.wait()
            #expect(told?.outcome == outcome && told?.isPersisted == true)
        }
        #expect(table.awaited.isEmpty)
    }

    @Test func whoWaitsForWhatLeavesIsAmongThoseThatAreReturned() {
        var limits = ReplicaLimits(documents: 1)
        limits.pendingChanges = 2
        var table = Table(limits: limits)
        let (first, _) = wait(&table, "a", "1")
        _ = wait(&table, "a", "2")
        let dropped = wait(&table, "a", "3").dropped
        #expect(dropped.count == 1 && dropped.first?.waiter === first)
        for key in ["b", "c", "d"] { _ = wait(&table, key, "1") }
        let lost = table.makeRoom()
        #expect(lost.map(\.pending.count) == [2])
        #expect(table.awaited.count == 3)
    }

    /// Those that need not be read.
    private func fresh(_ table: inout Table) -> [String] {
        var fresh: [String] = []
        for key in ["c.a1", "c.a2", "c.a3", "c.b1"] where table.peek(key)?.isFresh(.first) == true { fresh.append(key) }
        return fresh
    }

    @Test func thePartitionsThatAreForgottenAreReadAnew() {
        var table = Table(limits: ReplicaLimits(documents: 10))
        for key in ["c.a1", "c.a2", "c.b1"] { read(&table, key) }
        let early = table.update("c.a2") { replica, number in replica.beginReading(number: number, now: .first) }
        table.forget([1]) { $0.hasPrefix("a") ? 1 : 2 }
        #expect(fresh(&table) == ["c.b1"])
        // A read from before says nothing, one from after it does.
        table.update("c.a2") { replica, _ in
            _ = replica.absorb(.document(Ledger(["old"]), writer: "other", revision: 1), early)
        }
        #expect(fresh(&table) == ["c.b1"])
        read(&table, "c.a2")
        read(&table, "c.a3")
        #expect(fresh(&table) == ["c.a2", "c.a3", "c.b1"])
        table.forget([2]) { $0.hasPrefix("a") ? 1 : 2 }
        #expect(fresh(&table) == ["c.a2", "c.a3"])
    }

    @Test func oneAtATimeWritesADocument() {
        var table = Table(limits: ReplicaLimits(documents: 5, bytes: 1 << 20))
        _ = wait(&table, "key", "a")
        let begun = (0..<2).map { _ in table.beginServing("key") }
        #expect(begun == [true, false])
        let hasMore = table.endServing("key")
        #expect(hasMore)
        settle(&table, "key")
        let isBegun = table.beginServing("key")
        let isLeft = table.endServing("key")
        #expect(isBegun && !isLeft)
        let isFirst = ["a", "b"].map { table.note($0) }
        #expect(isFirst == [true, false])
        let noted = table.takeNoted()
        #expect(noted == ["a", "b"])
        let rest = table.takeNoted()
        #expect(rest.isEmpty)
    }
}
