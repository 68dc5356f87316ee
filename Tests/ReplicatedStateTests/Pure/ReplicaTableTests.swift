import Conversations
import Testing

@testable import ReplicatedState

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
            _ = replica.add(.add(line), number: number, isAwaited: true, earliest: .first, maxPending: 10)
        }
    }

    private func settle(_ table: inout Table, _ key: String) {
        table.update(key) { replica, _ in _ = replica.giveUp() }
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

    // MARK: who waits

    private func wait(_ table: inout Table, _ key: String, _ line: String) -> UInt64 {
        let moment = Replica<Ledger>.Moment.first
        return table.add(.add(line), to: key, isAwaited: true, earliest: moment, maxPending: 10).number
    }

    @Test func whoWaitsIsToldWhatBecameOfTheChange() async {
        var table = Table(maxCount: 5, maxBytes: 1 << 20)
        let numbers = ["a", "b"].map { wait(&table, "key", $0) }
        let pending = table.update("key") { replica, _ in replica.giveUp() }
        #expect(pending.map(\.number) == numbers)
        // Nobody waits yet: it is kept for them, once.
        for isPersisted in [true, false] {
            let ended = table.settle(pending, isPersisted: isPersisted)
            #expect(ended.isEmpty)
        }
        for (number, outcome) in zip(numbers, [1, 2]) {
            let told = await withCheckedContinuation { continuation in
                guard let told = table.wait(number, continuation) else { return }
                continuation.resume(returning: told)
            }
            #expect(told.outcome == outcome && told.isPersisted)
        }
    }

    @Test func whoStopsWaitingIsToldThatItIsNotStored() async {
        var table = Table(maxCount: 5, maxBytes: 1 << 20)
        let number = wait(&table, "key", "a")
        let early = table.stopWaiting(number)
        #expect(early == nil)
        let told = await withCheckedContinuation { continuation in
            guard let told = table.wait(number, continuation) else { return }
            continuation.resume(returning: told)
        }
        #expect(told.outcome == 1 && !told.isPersisted)
        let ended = table.stopWaiting()
        #expect(ended.isEmpty)
        #expect(table.peek("key")?.isDirty == true)
    }

    @Test func oneAtATimeWritesADocument() {
        var table = Table(maxCount: 5, maxBytes: 1 << 20)
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
