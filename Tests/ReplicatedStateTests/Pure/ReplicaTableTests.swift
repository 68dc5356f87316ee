import Testing

@testable import ReplicatedState

@Suite("The documents in memory") struct ReplicaTableTests {
    private typealias Table = ReplicaTable<Ledger>

    private func read(_ table: inout Table, _ key: String, _ lines: [String] = []) {
        table.update(key, since: 1) { replica in
            let reading = replica.beginReading(number: 2, now: .first)
            _ = replica.absorb(.document(Ledger(lines), writer: "other", revision: 1), reading)
        }
    }

    private func change(_ table: inout Table, _ key: String, _ line: String = "a") {
        table.update(key, since: 1) {
            _ = $0.add(.add(line), number: 3, isAwaited: true, earliest: .first, maxPending: 10)
        }
    }

    private func settle(_ table: inout Table, _ key: String) {
        table.update(key, since: 1) { _ = $0.giveUp() }
    }

    @Test func theLeastRecentlyUsedLeave() {
        var table = Table(maxCount: 3, maxBytes: 1 << 20)
        for key in ["a", "b", "c"] { read(&table, key) }
        _ = table.peek("a")
        read(&table, "d")
        #expect(table.makeRoom() == 0)
        #expect(table.count == 3)
        #expect(table.peek("b") == nil)
        #expect(table.peek("a") != nil)
    }

    @Test func theLargeOnesLeaveToo() {
        var table = Table(maxCount: 100, maxBytes: 2000)
        for number in 0..<4 { read(&table, "\(number)", [String(repeating: "x", count: 600)]) }
        #expect(table.bytes == 4 * 800)
        #expect(table.makeRoom() == 0)
        #expect(table.count == 2)
        #expect(table.bytes == 1600)
        #expect(table.peek("3") != nil)
    }

    @Test func whatIsNotWrittenStays() {
        var table = Table(maxCount: 2, maxBytes: 1 << 20)
        for key in ["a", "b"] { change(&table, key) }
        for key in ["c", "d", "e"] { read(&table, key) }
        #expect(table.makeRoom() == 0)
        #expect(table.dirty == ["a", "b"])
        #expect(table.count == 2)
        settle(&table, "a")
        #expect(table.dirty == ["b"])
        read(&table, "f")
        #expect(table.makeRoom() == 0)
        #expect(table.peek("a") == nil)
        #expect(table.peek("b")?.isDirty == true)
    }

    @Test func noMoreThanThreeTimesTheRoomIsTaken() {
        var table = Table(maxCount: 2, maxBytes: 1 << 20)
        var lost = 0
        for number in 0..<100 {
            change(&table, "\(number)")
            lost += table.makeRoom()
            #expect(table.count <= 6)
        }
        #expect(lost == 94)
        #expect(table.dirty.count == 6)
        #expect(table.peek("99") != nil)
    }

    @Test func noMoreThanThreeTimesTheBytesAreTaken() {
        var table = Table(maxCount: 1000, maxBytes: 1000)
        var lost = 0
        for number in 0..<20 {
            change(&table, "\(number)", String(repeating: "x", count: 500))
            lost += table.makeRoom()
            #expect(table.bytes <= 3000)
        }
        #expect(lost == 20 - table.count)
        #expect(table.count == 2)
    }

    @Test func theBytesAreThoseOfWhatIsThere() {
        var table = Table(maxCount: 5, maxBytes: 1 << 20)
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
}
