import Testing

@testable import ReplicatedState

@Suite("What a document knows of others' writes") struct ReplicaNewsTests {
    @Test func anothersWriteMakesItStale() {
        var bench = Bench()
        bench.read(["a"], 1)
        bench.heard(1)
        #expect(bench.isFresh)
        bench.heard(2)
        #expect(!bench.isFresh)
        bench.read(["a", "b"], 2)
        #expect(bench.isFresh)
        // Late news is none.
        bench.heard(1)
        #expect(bench.isFresh)
    }

    @Test(arguments: [true, false]) func ourOwnWriteIsNoNews(isToldFirst: Bool) {
        var bench = Bench()
        bench.read(.nothing)
        _ = bench.add(.add("a"))
        _ = bench.next()
        if isToldFirst { bench.heard(5) }
        bench.landed(5)
        if !isToldFirst { bench.heard(5) }
        #expect(bench.isFresh)
    }

    @Test func whatIsToldOfAnotherBeforeOurReply() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("b"))
        _ = bench.next()
        // Ours became 2, and somebody wrote 3 on it, before we were told of 2.
        bench.heard(2)
        bench.heard(3)
        bench.landed(2)
        #expect(!bench.isFresh)
        _ = bench.add(.add("c"))
        #expect(bench.next() == "read")
    }

    @Test func whatIsWrittenWhileItIsReadIsNotMissed() {
        var bench = Bench()
        let reading = bench.beginReading()
        bench.heard(4)
        bench.finish(reading, .nothing)
        #expect(!bench.isFresh)
        bench.read(["a"], 4)
        #expect(bench.isFresh)
    }

    @Test func whatWasDeletedIsFresh() {
        var bench = Bench()
        bench.read(["a"], 4)
        bench.heard(9)
        #expect(!bench.isFresh)
        bench.read(.nothing)
        #expect(bench.isFresh)
        #expect(bench.view == Ledger())
        _ = bench.add(.add("b"))
        #expect(bench.next() == "write b over 0")
        // Until somebody makes it again.
        bench.heard(10)
        #expect(bench.landed(10) == [1])
        #expect(bench.isFresh)
        bench.heard(11)
        #expect(!bench.isFresh)
    }

    @Test func aReadFromBeforeAWriteSaysNothing() {
        var bench = Bench()
        bench.read(.nothing)
        let early = bench.beginReading()
        _ = bench.add(.add("a"))
        _ = bench.next()
        bench.landed(1)
        bench.finish(early, .nothing)
        #expect(bench.view.lines == ["a"])
        #expect(bench.isFresh)
    }

    @Test func aReadDuringAWriteSaysNothing() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("b"))
        _ = bench.next()
        bench.read(["a"], 1)
        #expect(bench.view.lines == ["a", "b"])
        #expect(bench.landed(2) == [2])
    }

    @Test func ofTwoReadsTheLaterOneCounts() {
        var bench = Bench()
        let early = bench.beginReading()
        let late = bench.beginReading()
        bench.finish(late, .document(Ledger(["a", "b"]), writer: "other", revision: 2))
        bench.finish(early, .document(Ledger(["a"]), writer: "other", revision: 1))
        #expect(bench.view.lines == ["a", "b"])
        bench.finish(early, .nothing)
        #expect(bench.view.lines == ["a", "b"])
    }

    @Test func aReadFromBeforeTheDocumentWasInMemoryShowsItAndNoMore() {
        let early = Replica<Ledger>(since: 0).beginReading(number: 1, generation: 1)
        var replica = Replica<Ledger>(since: 2)
        _ = replica.add(.add("b"), number: 3, isAwaited: true, generation: 1, maxPending: 10)
        #expect(replica.absorb(.document(Ledger(["a"]), writer: "other", revision: 1), early).isEmpty)
        #expect(replica.view.lines == ["a", "b"])
        #expect(!replica.isFresh(1))
        #expect(replica.absorb(.foreign, early).isEmpty)
        guard case .read = replica.next(writer: "me", generation: 1) else {
            Issue.record("what is not known for certain is read before it is written")
            return
        }
    }

    // MARK: watching anew

    @Test func whatIsWatchedAnewIsReadAnew() {
        var bench = Bench()
        bench.read(["a"], 7)
        bench.generation = 2
        #expect(!bench.isFresh)
        _ = bench.add(.add("b"))
        #expect(bench.next() == "read")
        bench.read(["a"], 7)
        #expect(bench.isFresh)
        #expect(bench.next() == "write a,b over 7")
    }

    @Test func aReadFromBeforeTheWatchIsNotFresh() {
        var bench = Bench()
        let early = bench.beginReading()
        bench.generation = 2
        bench.finish(early, .document(Ledger(["a"]), writer: "other", revision: 1))
        #expect(!bench.isFresh)
        #expect(bench.view.lines == ["a"])
    }

    @Test func aBucketThatWasMadeAnewHasSmallerRevisions() {
        var bench = Bench()
        bench.read(["old"], 500)
        bench.heard(500)
        bench.generation = 2
        bench.read(["new"], 3)
        #expect(bench.view.lines == ["new"])
        #expect(bench.isFresh)
        bench.heard(4)
        #expect(!bench.isFresh)
    }

    @Test func aBucketThatWasMadeAnewBeforeThatIsNoticedCanBeWritten() {
        var bench = Bench()
        bench.read(["old"], 500)
        bench.heard(501)
        _ = bench.add(.add("mine"))
        #expect(bench.next() == "read")
        bench.read(["new"], 3)
        // Not fresh, for more was heard of; but no endless reading either.
        #expect(!bench.isFresh)
        #expect(bench.next() == "write new,mine over 3")
        #expect(bench.landed(4) == [2])
        _ = bench.add(.add("more"))
        #expect(bench.next() == "write new,mine,more over 4")
    }

    // MARK: what is not ours

    @Test func whatIsForeignIsNeverWritten() {
        var bench = Bench()
        _ = bench.add(.add("a"))
        #expect(bench.read(.foreign) == [1])
        #expect(bench.isFresh)
        #expect(bench.next() == "nothing")
        #expect(bench.add(.add("b")) == "settled 2")
        #expect(bench.add(.add("b")) == "settled 2")
        #expect(bench.view.lines == ["a", "b"])
        #expect(bench.next() == "nothing")
    }

    @Test func whatIsForeignMayBecomeOurs() {
        var bench = Bench()
        bench.read(.foreign)
        bench.heard(4)
        #expect(!bench.isFresh)
        #expect(bench.add(.add("a")) == "pending 1")
        #expect(bench.next() == "read")
        bench.read(.nothing)
        #expect(bench.next() == "write a over 0")
    }

    @Test func whatIsForeignAndWatchedAnewIsReadAnew() {
        var bench = Bench()
        bench.read(.foreign)
        bench.generation = 2
        #expect(!bench.isFresh)
    }

    @Test func whatBecomesForeignWhileItIsReadIsNotMissed() {
        var bench = Bench()
        let reading = bench.beginReading()
        bench.heard(8)
        bench.finish(reading, .foreign)
        #expect(!bench.isFresh)
    }

    // MARK: what cannot be written

    @Test func whatWasShortenedIsReadBack() {
        var bench = Bench()
        bench.read(["a", "b"], 1)
        _ = bench.add(.add("c"))
        _ = bench.next()
        #expect(bench.landed(2, isWhole: false) == [3])
        #expect(!bench.isFresh)
        bench.read(["c"], writer: "me", 2)
        #expect(bench.view.lines == ["c"])
    }

    @Test func whatIsRefusedForItsSizeIsTriedAgainOnTheSame() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("b"))
        _ = bench.next()
        bench.refused()
        #expect(bench.next() == "write a,b over 1")
    }

    @Test func whatIsGivenUpIsPartOfTheNextWrite() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("b"))
        _ = bench.next()
        #expect(bench.giveUp() == [2])
        #expect(bench.next() == "nothing")
        _ = bench.add(.add("c"))
        #expect(bench.next() == "write a,b,c over 1")
    }
}
