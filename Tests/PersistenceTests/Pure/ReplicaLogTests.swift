import Concurrency
import Conversations
import ServiceRuntime
import Testing

@testable import Persistence

@Suite("One document with a log, its changes, and the write under way") struct ReplicaLogTests {
    private typealias Place = Replica<Conversation>.Place

    private var replica = Replica<Conversation>(since: 0)
    private var number: UInt64 = 0

    private static func turn(_ id: String) -> Turn {
        Turn(id: id, time: Timestamp(milliseconds: 1), speaker: nil, question: "q", answer: "a")
    }

    private mutating func add(_ change: ConversationChange) {
        number += 1
        _ = replica.add(change, number: number, waiter: WaitSlot(), earliest: .first)
    }

    private mutating func say(_ id: String, epoch: Int64 = 0) {
        add(
            .add(
                Self.turn(id), replacing: nil, epoch: epoch, bounds: ConversationBounds(turns: 3), isNew: true))
    }

    /// The number of the changes that what was found settles.
    @discardableResult
    private mutating func read(_ turns: [String], persona: String? = nil, record: UInt64 = 0, log: UInt64) -> Int {
        var conversation = Conversation()
        conversation.set(turns.map(Self.turn), nil)
        _ = conversation.apply(.choosePersona(persona))
        number += 1
        let reading = replica.beginReading(number: number, now: .first)
        return replica.absorb(
            .document(conversation, writer: "other", at: Place(record: record, log: log)), reading
        ).count
    }

    /// What is to be done next: `nothing`, `read`, `append 1 after 7`, `record over 7`.
    private mutating func next() -> String {
        switch replica.next(writer: "me", generation: 1) {
        case .nothing: "nothing"
        case .read: "read"
        case .append(.add(let turn, _, _, _, _), _, let place): "append \(turn.id) after \(place.log)"
        case .append: "append what is no turn"
        case .write(_, let revision, _): "record over \(revision)"
        }
    }

    private mutating func writeSucceeded(_ revision: UInt64) -> Int {
        number += 1
        return replica.writeSucceeded(revision: revision, now: .first, number: number, isWhole: true).count
    }

    private var turns: [String] { replica.value.turns.map(\.id) }

    @Test mutating func aTurnIsAddedAfterTheLastOne() {
        say("1")
        #expect(next() == "read")
        read([], log: 0)
        #expect(next() == "append 1 after 0")
        #expect(next() == "nothing")
        #expect(writeSucceeded(5) == 1)
        #expect(replica.isFresh(.first))
        say("2")
        #expect(next() == "append 2 after 5")
        #expect(writeSucceeded(9) == 1)
        #expect(next() == "nothing")
    }

    @Test mutating func turnsAreAddedOneByOneAndTheRecordIsWrittenAtOnce() {
        read([], record: 3, log: 7)
        say("1")
        add(.choosePersona("concise"))
        add(.chooseModel("m"))
        say("2")
        #expect(next() == "append 1 after 7")
        #expect(writeSucceeded(8) == 1)
        #expect(next() == "record over 3")
        #expect(writeSucceeded(4) == 2)
        #expect(next() == "append 2 after 8")
        #expect(writeSucceeded(9) == 1)
        #expect(!replica.isDirty)
    }

    @Test mutating func aLostRaceIsMadeAnewOnWhatWon() {
        read(["1"], log: 1)
        say("mine")
        #expect(next() == "append mine after 1")
        replica.writeConflicted()
        #expect(next() == "read")
        #expect(read(["1", "theirs"], log: 2) == 0)
        #expect(turns == ["1", "theirs", "mine"])
        #expect(next() == "append mine after 2")
    }

    /// Its id is not looked for when it is said; but an entry may have arrived of which nobody was told.
    @Test(arguments: [true, false])
    mutating func aTurnIsThereOnceWhetherItsEntryArrivedOrNot(hasArrived: Bool) {
        read([], log: 0)
        say("1")
        #expect(next() == "append 1 after 0")
        replica.writeFailed()
        #expect(next() == "read")
        #expect(read(hasArrived ? ["1", "theirs"] : ["theirs"], log: 8) == (hasArrived ? 1 : 0))
        #expect(turns == (hasArrived ? ["1", "theirs"] : ["theirs", "1"]))
        #expect(next() == (hasArrived ? "nothing" : "append 1 after 8"))
    }

    @Test mutating func theFirstOfSeveralHasArrived() {
        read([], log: 0)
        say("1")
        say("2")
        _ = next()
        replica.writeFailed()
        #expect(read(["1"], log: 4) == 1)
        #expect(turns == ["1", "2"])
        #expect(next() == "append 2 after 4")
    }

    /// An entry says nothing of the record, and a record nothing of the log.
    @Test mutating func whatIsForgottenDuringAWriteIsReadAnew() {
        read([], log: 0)
        say("1")
        _ = next()
        replica.forget(number: 100)
        #expect(!replica.isFresh(.first))
        #expect(writeSucceeded(5) == 1)
        #expect(!replica.isFresh(.first))
        number = 100
        read(["1"], persona: "concise", record: 2, log: 5)
        #expect(replica.isFresh(.first))
        #expect(replica.value.persona == "concise")
    }

    /// The answer to a write that was sent over a connection that is no more may never come.
    @Test mutating func aReconnectDuringAWriteLeavesItInDoubt() {
        read([], log: 0)
        say("1")
        _ = next()
        let later = Replica<Conversation>.Moment(generation: 2, time: Replica<Conversation>.Moment.first.time)
        #expect(!replica.isFresh(later))
        let reading = replica.beginReading(number: 50, now: later)
        var there = Conversation()
        there.set([Self.turn("1")], nil)
        #expect(
            replica.absorb(.document(there, writer: "", at: Place(log: 3)), reading).map(\.number) == [2])
        #expect(replica.isFresh(later))
        number = 60
        #expect(writeSucceeded(3) == 0)
        #expect(!replica.isDirty)
    }
}

@Suite("Where the part of a log begins that is needed") struct LogStartTests {
    @Test func itMovesOnAndIsNeverTooLate() {
        var start = LogStart()
        for number in 0..<1000 {
            // A hundred are kept; the revisions are other channels' too.
            let departed = max(0, number - 99)
            start.added(UInt64(number * 3 + 1), number: number, departed: departed)
            let first = Int(start.revision - 1) / 3
            #expect(first <= departed)
            #expect(number - first <= 200)
        }
    }

    @Test func whatTakesThePlaceOfAnotherMovesNothing() {
        var start = LogStart()
        start.added(1, number: 0, departed: 0)
        for revision in 2..<50 { start.added(UInt64(revision), number: nil, departed: 0) }
        #expect(start.revision == 1)
    }

    @Test func itGoesOnAfterAResetAndAfterARead() {
        var start = LogStart(revision: 1)
        for number in 0..<300 { start.added(UInt64(1000 + number), number: number, departed: max(0, number - 9)) }
        #expect(start.revision > 1270)
        for number in 0..<30 { start.added(UInt64(2000 + number), number: number, departed: max(0, number - 9)) }
        #expect(start.revision > 2000)
    }
}
