import Testing

@testable import Persistence

@Suite("One document, its changes, and the write under way") struct ReplicaTests {
    @Test func aChangeOnWhatIsNotKnownIsWrittenAfterARead() {
        var bench = Bench()
        #expect(bench.next() == "nothing")
        #expect(bench.add(.add("mine")) == "pending 1")
        #expect(bench.value.lines == ["mine"])
        #expect(!bench.isFresh)
        #expect(bench.next() == "read")
        #expect(bench.read(["theirs"], 7) == [])
        #expect(bench.next() == "write theirs,mine over 7")
        #expect(bench.next() == "nothing")
        // What it led to is told as it is on what was there.
        #expect(bench.writeSucceeded(8) == [2])
        #expect(bench.isFresh)
        #expect(!bench.replica.isDirty)
        #expect(bench.next() == "nothing")
    }

    @Test func whatIsNotThereIsMade() {
        var bench = Bench()
        bench.read(.nothing)
        #expect(bench.isFresh)
        #expect(bench.add(.add("a")) == "pending 1")
        #expect(bench.next() == "write a over 0")
        #expect(bench.writeSucceeded(3) == [1])
        #expect(bench.add(.add("b")) == "pending 2")
        #expect(bench.next() == "write a,b over 3")
    }

    @Test func whatChangesNothingNeedsNoWrite() {
        var bench = Bench()
        bench.read(["a"], 1)
        #expect(bench.add(.add("a")) == "settled 1 kept")
        #expect(bench.next() == "nothing")
        // Unless it is not known whether it is still so.
        bench.forget()
        #expect(bench.add(.add("a")) == "pending 1")
        #expect(bench.next() == "read")
        #expect(bench.read(["a", "b"], 2) == [2])
        #expect(bench.next() == "nothing")
        // Or what it says is only being written.
        #expect(bench.add(.add("c")) == "pending 3")
        #expect(bench.add(.add("c")) == "pending 3")
        #expect(bench.next() == "write a,b,c over 2")
        #expect(bench.writeSucceeded(3) == [3, 3])
        // What comes during a write and changes nothing is stored with it.
        #expect(bench.add(.add("d")) == "pending 4")
        #expect(bench.next() == "write a,b,c,d over 3")
        #expect(bench.add(.add("d")) == "pending 4")
        #expect(bench.writeSucceeded(4) == [4, 4])
    }

    @Test func whatComesDuringAWriteIsWrittenByTheNext() {
        var bench = Bench()
        bench.read(.nothing)
        _ = bench.add(.add("a"))
        #expect(bench.next() == "write a over 0")
        #expect(bench.add(.add("b")) == "pending 2")
        #expect(bench.next() == "nothing")
        #expect(bench.writeSucceeded(1) == [1])
        #expect(bench.replica.isDirty)
        #expect(bench.next() == "write a,b over 1")
        #expect(bench.writeSucceeded(2) == [2])
    }

    @Test func aLostRaceIsMadeAnewOnWhatWon() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("mine"))
        #expect(bench.next() == "write a,mine over 1")
        bench.writeConflicted()
        #expect(bench.next() == "read")
        #expect(bench.read(["a", "theirs"], 2) == [])
        #expect(bench.value.lines == ["a", "theirs", "mine"])
        #expect(bench.next() == "write a,theirs,mine over 2")
        #expect(bench.writeSucceeded(3) == [3])
    }

    // MARK: doubtful writes

    @Test func aDoubtfulWriteThatArrivedIsKnownByItsWriter() {
        var bench = Bench()
        bench.read(["a", "b"], 1)
        #expect(bench.add(.wipe) == "pending 2")
        _ = bench.next("first")
        bench.failed()
        #expect(!bench.isFresh)
        #expect(bench.next() == "read")
        // A second wipe would tell that there was nothing to wipe.
        #expect(bench.read([], writer: "first", 2) == [2])
        #expect(bench.next() == "nothing")
        #expect(bench.isFresh)
    }

    @Test func aDoubtfulWriteThatDidNotArriveIsMadeAgain() {
        var bench = Bench()
        bench.read(["a"], writer: "before", 1)
        _ = bench.add(.wipe)
        _ = bench.next("first")
        bench.failed()
        #expect(bench.read(["a"], writer: "before", 1) == [])
        #expect(bench.next("second") == "write  over 1")
        #expect(bench.writeSucceeded(2) == [1])
    }

    @Test func aDoubtfulWriteThatArrivesLater() {
        var bench = Bench()
        bench.read(["a"], writer: "before", 1)
        _ = bench.add(.wipe)
        _ = bench.next("first")
        bench.failed()
        bench.read(["a"], writer: "before", 1)
        _ = bench.next("second")
        // The first one arrived meanwhile.
        bench.writeConflicted()
        #expect(bench.read([], writer: "first", 2) == [1])
        #expect(bench.next() == "nothing")
    }

    @Test func theEarlierOfTwoDoubtfulWritesArrived() {
        var bench = Bench()
        bench.read(["a"], writer: "before", 1)
        _ = bench.add(.wipe)
        _ = bench.next("first")
        bench.failed()
        bench.read(["a"], writer: "before", 1)
        _ = bench.add(.add("late"))
        _ = bench.next("second")
        bench.failed()
        #expect(bench.read([], writer: "first", 2) == [1])
        #expect(bench.value.lines == ["late"])
        #expect(bench.next("third") == "write late over 2")
        #expect(bench.writeSucceeded(3) == [1])
    }

    @Test func whatHadBeenStoredAndChangedSinceIsNotMadeTwice() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("mine"))
        _ = bench.next("first")
        bench.failed()
        // It arrived, and another instance wrote after it: only that the change changes nothing tells.
        #expect(bench.read(["a", "mine", "theirs"], 3) == [3])
        #expect(bench.next() == "nothing")
    }

    @Test func doubtfulWritesAreBounded() {
        var bench = Bench()
        for number in 0..<100 {
            bench.read(["a"], writer: "before", 1)
            _ = bench.add(.add("\(number)"))
            _ = bench.next("writer \(number)")
            bench.failed()
        }
        #expect(bench.replica.pending.count == 100)
        // The latest is known.
        #expect(bench.read((0..<100).map(String.init), writer: "writer 99", 2).count == 100)
        #expect(!bench.replica.isDirty)
    }

    // MARK: notes

    @Test func notesAreCombined() {
        var bench = Bench()
        bench.read(.nothing)
        #expect(bench.add(.raise(to: 1), awaited: false) == "pending 1")
        #expect(bench.add(.raise(to: 3), awaited: false) == "pending 3")
        #expect(bench.add(.raise(to: 2), awaited: false) == "pending 3")
        #expect(bench.replica.pending.map(\.change) == [.raise(to: 3)])
        // What somebody waits for stays a change of its own.
        #expect(bench.add(.raise(to: 4), awaited: true) == "pending 4")
        #expect(bench.add(.raise(to: 5), awaited: false) == "pending 5")
        #expect(bench.replica.pending.map(\.change) == [.raise(to: 3), .raise(to: 4), .raise(to: 5)])
    }

    @Test func aNoteIsNotCombinedWithOneThatIsBeingWritten() {
        var bench = Bench()
        bench.read(.nothing)
        _ = bench.add(.raise(to: 1), awaited: false)
        _ = bench.next("first")
        _ = bench.add(.raise(to: 2), awaited: false)
        #expect(bench.replica.pending.count == 2)
        #expect(bench.writeSucceeded(1) == [1])
        #expect(bench.replica.pending.map(\.change) == [.raise(to: 2)])
    }

    @Test func aNoteIsNotCombinedWithOneThatMayHaveBeenWritten() {
        var bench = Bench()
        bench.read(.nothing)
        _ = bench.add(.raise(to: 1), awaited: false)
        _ = bench.next("first")
        bench.failed()
        _ = bench.add(.raise(to: 2), awaited: false)
        #expect(bench.replica.pending.count == 2)
        #expect(bench.read([], level: 1, writer: "first", 1) == [1])
        #expect(bench.value.level == 2)
        #expect(bench.replica.isDirty)
    }

    // MARK: bounds

    @Test func theOldestOfTooManyChangesLeave() {
        var bench = Bench()
        for number in 0..<10 { _ = bench.add(.add("\(number)"), maxPending: 4) }
        #expect(bench.replica.pending.map(\.change) == [.add("6"), .add("7"), .add("8"), .add("9")])
        #expect(bench.replica.bytes == 200 + bench.value.bytes + 4 * 65)
    }

    @Test func whatIsBeingWrittenDoesNotLeave() {
        var bench = Bench()
        bench.read(.nothing)
        for number in 0..<4 { _ = bench.add(.add("\(number)"), maxPending: 4) }
        _ = bench.next()
        _ = bench.add(.add("4"), maxPending: 4)
        #expect(bench.writeSucceeded(1) == [1, 2, 3, 4])
        #expect(bench.replica.pending.map(\.change) == [.add("4")])
    }

    @Test func whatIsPendingCountsAsMemory() {
        var bench = Bench()
        let empty = bench.replica.bytes
        _ = bench.add(.add(String(repeating: "a", count: 1000)))
        #expect(bench.replica.bytes == empty + 1000 + 64 + 1000)
        bench.read(.nothing)
        _ = bench.next()
        bench.writeSucceeded(1)
        #expect(bench.replica.bytes == empty + 1000)
    }
}
