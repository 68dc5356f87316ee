import Conversations
import JSON
import ServiceRuntime
import Testing

@testable import Persistence

/// What is written of a conversation, entry by entry, is the same conversation when it is read.
@Suite("How a conversation is read from its record and its log") struct ConversationLogTests {
    /// A conversation, and what is stored of it.
    private struct Stored {
        var conversation = Conversation()
        var record = Conversation()
        var log: [[UInt8]] = []
        var bounds = ConversationBounds(turns: 4)
        var clock: Int64 = 1000

        func turn(_ id: String, at time: Int64? = nil) -> Turn {
            Turn(
                id: id, time: Timestamp(milliseconds: time ?? clock), speaker: "alice", question: "q \(id)",
                answer: "a \(id)")
        }

        mutating func say(_ id: String, replacing replaced: String? = nil, epoch: Int64? = nil, at time: Int64? = nil) {
            clock += 1
            make(
                .add(
                    turn(id, at: time), replacing: replaced, epoch: epoch ?? conversation.epoch, bounds: bounds,
                    isNew: true))
        }

        mutating func make(_ change: ConversationChange) {
            _ = conversation.apply(change)
            if Conversation.isEntry(change) {
                log.append(Record.entry(change, of: conversation, from: 0))
            } else {
                record = conversation
            }
        }

        func read(last count: Int? = nil) -> Conversation? {
            let bytes = Record.bytes(record, name: "c", writer: "w")
            return try? Record<Conversation>.read(bytes, log: log.suffix(count ?? log.count)).value
        }
    }

    @Test func turnsComeAndGo() {
        var stored = Stored()
        for number in 0..<20 {
            stored.say("\(number)")
            #expect(stored.read() == stored.conversation)
            // No more is needed than what is kept.
            #expect(stored.read(last: 4) == stored.conversation)
        }
        #expect(stored.conversation.departed == 32)
    }

    @Test func largeTurnsMakeOthersLeave() {
        var stored = Stored()
        stored.bounds.bytes = 40
        for number in 0..<20 { stored.say(String(repeating: "x", count: number % 7 * 3) + "\(number)") }
        #expect(stored.read() == stored.conversation)
        #expect(stored.conversation.turns.count < 4)
    }

    @Test func anAnswerIsGivenAnew() {
        var stored = Stored()
        for id in ["1", "2", "3"] { stored.say(id) }
        stored.say("3b", replacing: "3")
        #expect(stored.conversation.turns.map(\.id) == ["1", "2", "3b"])
        #expect(stored.read() == stored.conversation)
        stored.say("3c", replacing: "3b")
        for id in ["4", "5"] { stored.say(id) }
        #expect(stored.conversation.turns.map(\.id) == ["2", "3c", "4", "5"])
        #expect(stored.read() == stored.conversation)
    }

    @Test func theSameTurnIsThereOnce() {
        var stored = Stored()
        stored.say("1")
        stored.log.append(stored.log[0])
        #expect(stored.read()?.turns.map(\.id) == ["1"])
    }

    @Test func aResetEndsWhatCameBefore() {
        var stored = Stored()
        for number in 0..<6 { stored.say("\(number)") }
        stored.make(.choosePersona("concise"))
        stored.make(.reset(50))
        #expect(stored.read() == stored.conversation)
        // Asked before the reset, answered after it.
        stored.say("late", epoch: 0)
        #expect(stored.conversation.turns.isEmpty)
        #expect(stored.read() == stored.conversation)
        stored.say("new")
        #expect(stored.read() == stored.conversation)
        #expect(stored.conversation.turns.map(\.id) == ["new"])
        #expect(stored.conversation.persona == "concise")
    }

    @Test func theSummaryGoesOnCoveringWhatItCovered() {
        var stored = Stored()
        for number in 0..<4 { stored.say("\(number)") }
        stored.make(.summarize(.init(text: "so far", through: "1"), epoch: 0))
        stored.say("4")
        #expect(stored.read() == stored.conversation)
        #expect(stored.read()?.unsummarizedCount == 3)
    }

    // MARK: what is in the record of an earlier version

    private func old(_ ids: [String], departed: Int = 0) -> Stored {
        var stored = Stored()
        stored.record.set(ids.map { stored.turn($0) }, nil)
        stored.record.foldLog()
        stored.record.departed = departed
        stored.conversation = stored.record
        return stored
    }

    @Test func itsTurnsAreTheFirstOnes() {
        var stored = old(["a", "b", "c"], departed: 10)
        #expect(stored.read() == stored.conversation)
        for number in 0..<6 {
            stored.say("\(number)")
            #expect(stored.read() == stored.conversation)
        }
        #expect(stored.conversation.turns.map(\.id) == ["2", "3", "4", "5"])
        // Once they have left, the next record is without them.
        stored.make(.choosePersona("concise"))
        #expect(stored.record.turns.allSatisfy { !$0.isInRecord })
        #expect(stored.read() == stored.conversation)
    }

    @Test func itsRecordIsWrittenWithThoseThatAreLeft() {
        var stored = old(["a", "b", "c"])
        stored.say("1")
        stored.say("2")
        stored.make(.choosePersona("concise"))
        #expect(stored.conversation.turns.map(\.id) == ["b", "c", "1", "2"])
        #expect(stored.read() == stored.conversation)
    }

    @Test func itsLastTurnIsAnsweredAnew() {
        var stored = old(["a", "b"])
        stored.say("b2", replacing: "b")
        #expect(stored.conversation.turns.map(\.id) == ["a", "b2"])
        #expect(stored.read() == stored.conversation)
    }

    @Test func whatTheEarlierVersionWritesMeanwhileHasItsPlace() throws {
        var stored = old(["a"])
        stored.bounds.turns = 10
        stored.say("1")
        stored.clock += 10
        // It does not know of the log.
        stored.record.set(["a", "theirs"].map { stored.turn($0, at: $0 == "a" ? 1000 : nil) }, nil)
        stored.record.foldLog()
        stored.clock += 10
        stored.say("2")
        #expect(stored.read()?.turns.map(\.id) == ["a", "1", "theirs", "2"])
    }

    @Test(arguments: [
        (#"{"v":2,"turn":{}}"#, "it is of version 2, where this program knows version 1"),
        (#"{"v":1}"#, "turn.id: expected a turn's id"), ("hello", "it is no JSON object"),
    ])
    func whatIsNoEntryIsNotTakenForOne(text: String, fault: String) {
        let error = #expect(throws: RecordFault.self) { try Record<Conversation>.read(nil, log: [Array(text.utf8)]) }
        #expect(error?.description == fault)
    }

    @Test func anEntryIsShortenedUntilItIsShort() throws {
        let turn = Turn(
            id: "1", time: Timestamp(milliseconds: 1), speaker: "a", question: String(repeating: "👩‍👩‍👧‍👦", count: 5000),
            answer: String(repeating: "ß", count: 50_000))
        var change = ConversationChange.add(turn, replacing: nil, epoch: 0, bounds: ConversationBounds(turns: 1))
        var (steps, bytes) = (0, Conversation.bytes(of: change))
        while let shorter = Conversation.shortened(change) {
            change = shorter
            #expect(Conversation.bytes(of: change) < bytes)
            bytes = Conversation.bytes(of: change)
            steps += 1
            try #require(steps < 60)
        }
        #expect(bytes < 1000)
    }
}
