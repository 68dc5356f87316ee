import Concurrency
import Testing

@testable import Persistence

@Suite("How long a copy is taken for the latest") struct ReplicaFreshnessTests {
    @Test func whatIsForgottenIsReadAnew() {
        var bench = Bench()
        bench.read(["a"], 1)
        #expect(bench.isFresh)
        bench.forget()
        #expect(!bench.isFresh)
        // What is not written is made anew on what is there by then.
        _ = bench.add(.add("mine"))
        #expect(bench.next() == "read")
        bench.read(["a", "b"], 2)
        #expect(bench.isFresh)
        #expect(bench.next() == "write a,b,mine over 2")
    }

    @Test func aReadFromBeforeItWasForgottenSaysNothing() {
        var bench = Bench()
        let reading = bench.beginReading()
        bench.forget()
        bench.finish(reading, .document(Ledger(["a"]), writer: "other", revision: 4))
        #expect(bench.value.lines == ["a"])
        #expect(!bench.isFresh)
        bench.read(["a", "b"], 5)
        #expect(bench.isFresh)
    }

    @Test func aWriteSaysWhatThereIs() {
        var bench = Bench()
        bench.read(.nothing)
        _ = bench.add(.add("a"))
        _ = bench.next()
        bench.forget()
        // It was made on what was there: nobody else wrote before it.
        #expect(bench.writeSucceeded(5) == [1])
        #expect(bench.isFresh)
    }

    @Test func whatWasReadIsTrustedForAWhile() {
        var bench = Bench()
        bench.read(["a"], 1)
        bench.time = 1
        #expect(bench.isFresh(within: 1))
        bench.time = 2
        #expect(!bench.isFresh(within: 1))
        // A write needs no read before it, but where nothing would be changed.
        _ = bench.add(.add("b"))
        #expect(bench.next() == "write a,b over 1")
        bench.writeSucceeded(2)
        #expect(bench.isFresh(within: 1))
        bench.time = 4
        #expect(!bench.isFresh(within: 1))
        #expect(bench.add(.add("b"), since: 1) == "pending 2")
        #expect(bench.next() == "read")
        #expect(bench.read(["a", "b"], 2) == [2])
    }

    @Test func aReadFromBeforeAWriteSaysNothing() {
        var bench = Bench()
        bench.read(.nothing)
        let early = bench.beginReading()
        _ = bench.add(.add("a"))
        _ = bench.next()
        bench.writeSucceeded(1)
        bench.finish(early, .nothing)
        #expect(bench.value.lines == ["a"])
        #expect(bench.isFresh)
    }

    @Test func aReadDuringAWriteSaysNothing() {
        var bench = Bench()
        bench.read(["a"], 1)
        _ = bench.add(.add("b"))
        _ = bench.next()
        bench.read(["a"], 1)
        #expect(bench.value.lines == ["a", "b"])
        #expect(bench.writeSucceeded(2) == [2])
    }

    @Test func ofTwoReadsTheLaterOneCounts() {
        var bench = Bench()
        let early = bench.beginReading()
        let late = bench.beginReading()
        bench.finish(late, .document(Ledger(["a", "b"]), writer: "other", revision: 2))
        bench.finish(early, .document(Ledger(["a"]), writer: "other", revision: 1))
        #expect(bench.value.lines == ["a", "b"])
        bench.finish(early, .nothing)
        #expect(bench.value.lines == ["a", "b"])
    }

    @Test func aReadFromBeforeTheDocumentWasInMemoryShowsItAndNoMore() {
        var before = Replica<Ledger>(since: 0)
        let early = before.beginReading(number: 1, now: .first)
        var replica = Replica<Ledger>(since: 2)
        _ = replica.add(.add("b"), number: 3, waiter: WaitSlot(), earliest: .first)
        #expect(replica.absorb(.document(Ledger(["a"]), writer: "other", revision: 1), early).isEmpty)
        #expect(replica.value.lines == ["a", "b"])
        #expect(!replica.isFresh(.first))
        #expect(replica.absorb(.foreign, early).isEmpty)
        guard case .read = replica.next(writer: "me", generation: 1) else {
            Issue.record("what is not known for certain is read before it is written")
            return
        }
    }

    // MARK: after a reconnect

    @Test func whatWasReadBeforeAReconnectIsReadAnew() {
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

    @Test func aReadFromBeforeAReconnectIsNotFresh() {
        var bench = Bench()
        let early = bench.beginReading()
        bench.generation = 2
        bench.finish(early, .document(Ledger(["a"]), writer: "other", revision: 1))
        #expect(!bench.isFresh)
        #expect(bench.value.lines == ["a"])
    }

    @Test func aBucketThatWasMadeAnewHasSmallerRevisions() {
        var bench = Bench()
        bench.read(["old"], 500)
        bench.generation = 2
        bench.read(["new"], 3)
        #expect(bench.value.lines == ["new"])
        #expect(bench.isFresh)
        _ = bench.add(.add("mine"))
        #expect(bench.next() == "write new,mine over 3")
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
        #expect(bench.value.lines == ["a", "b"])
        #expect(bench.next() == "nothing")
    }

    @Test func whatIsForeignMayBecomeOurs() {
        var bench = Bench()
        bench.read(.foreign)
        bench.forget()
        #expect(!bench.isFresh)
        #expect(bench.add(.add("a")) == "pending 1")
        #expect(bench.next() == "read")
        bench.read(.nothing)
        #expect(bench.next() == "write a over 0")
    }

    @Test func whatIsForeignIsReadAnewAfterAReconnect() {
        var bench = Bench()
        bench.read(.foreign)
        bench.generation = 2
        #expect(!bench.isFresh)
    }

    // MARK: what cannot be written

    @Test func whatWasShortenedIsReadBack() {
        var bench = Bench()
        bench.read(["a", "b"], 1)
        _ = bench.add(.add("c"))
        _ = bench.next()
        #expect(bench.writeSucceeded(2, isWhole: false) == [3])
        #expect(!bench.isFresh)
        bench.read(["c"], writer: "me", 2)
        #expect(bench.value.lines == ["c"])
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
