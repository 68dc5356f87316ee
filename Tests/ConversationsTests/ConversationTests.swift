import CoreTestSupport
import ServiceRuntime
import Testing

@testable import Conversations

@Suite struct ConversationTests {
    private let wide = ConversationBounds(turns: 100)

    private func conversation(_ count: Int, _ bounds: ConversationBounds? = nil) -> Conversation {
        var conversation = Conversation()
        for number in 0..<count { conversation.add(turn(number), bounds ?? wide) }
        return conversation
    }

    @Test func aNewOneIsEmpty() {
        let conversation = Conversation()
        #expect(conversation.turns == [])
        #expect(conversation.messageCount == 0)
        #expect(conversation.departed == 0)
        #expect(conversation.persona == nil)
        #expect(conversation.model == nil)
        #expect(conversation.epoch == 0)
    }

    @Test func turnsAreAddedAtTheEnd() {
        let conversation = conversation(3)
        #expect(conversation.turns == turns(0..<3))
        #expect(conversation.messageCount == 6)
    }

    @Test(arguments: [(1, 1), (2, 2), (5, 5), (0, 1), (-1, 1)])
    func theOldestLeaveWhereThereAreTooMany(bound: Int, held: Int) {
        let conversation = conversation(7, ConversationBounds(turns: bound))
        #expect(conversation.turns == turns((7 - held)..<7))
        #expect(conversation.departed == (7 - held) * 2)
    }

    @Test func theOldestLeaveWhereTheyAreTooLong() {
        // "alice" + "question N" + "answer N" are 23 bytes.
        #expect(turn(1).textBytes == 23)
        #expect(conversation(7, ConversationBounds(turns: 100, bytes: 3 * 23)).turns == turns(4..<7))
        #expect(conversation(7, ConversationBounds(turns: 100, bytes: 4 * 23 - 1)).turns == turns(4..<7))
        #expect(conversation(7, ConversationBounds(turns: 2, bytes: 4 * 23)).turns == turns(5..<7))
    }

    @Test func theNewestStaysHoweverLongItIs() {
        let bounds = ConversationBounds(turns: 10, bytes: 100)
        var conversation = conversation(3, bounds)
        let long = Turn(
            id: "long", time: Timestamp(milliseconds: 0), speaker: nil, question: String(repeating: "x", count: 1_000),
            answer: "y")
        conversation.add(long, bounds)
        #expect(conversation.turns == [long])
        #expect(conversation.departed == 6)
        conversation.add(turn(9), bounds)
        #expect(conversation.turns == turns([9]))
    }

    /// What leaves takes its own length with it, and not that of another turn: also where they differ much.
    @Test(arguments: [0, 2]) func aLongOneThatLeavesMakesRoomForManyShortOnes(place: Int) {
        let text = String(repeating: "x", count: 500)
        let long = Turn(id: "long", time: Timestamp(milliseconds: 0), speaker: nil, question: text, answer: "")
        let bounds = ConversationBounds(turns: 100, bytes: 500 + 4 * 25)
        var conversation = Conversation()
        var expected = turns(0..<place) + [long]
        for turn in expected { conversation.add(turn, bounds) }
        for number in 10..<14 - place {
            conversation.add(turn(number), bounds)
            expected.append(turn(number))
        }
        #expect(conversation.turns == expected)
        // Now it leaves, with what was before it, and as many short ones fit as there is room for.
        for number in 14..<50 {
            conversation.add(turn(number), bounds)
            expected.append(turn(number))
            #expect(conversation.unsummarizedBytes == conversation.turns.reduce(0) { $0 + $1.textBytes })
            while expected.reduce(0, { $0 + $1.textBytes }) > bounds.bytes { expected.removeFirst() }
            #expect(conversation.turns == expected)
        }
        // Two digits, and so 25 bytes each.
        #expect(conversation.turns.count == 24)
    }

    @Test func whatASummaryCoversIsCountedAlsoWhereItLeaves() {
        var conversation = Conversation()
        let lengths = [300, 10, 200, 40, 5]
        for (number, length) in lengths.enumerated() {
            let question = String(repeating: "q", count: length)
            conversation.add(
                Turn(
                    id: "\(number)", time: Timestamp(milliseconds: 0), speaker: nil, question: question, answer: ""),
                wide)
        }
        _ = conversation.apply(.summarize(.init(text: "much", through: "2"), epoch: 0))
        for _ in 0..<3 {
            conversation.removeOldest(1)
            #expect(conversation.unsummarizedBytes == 45 && conversation.unsummarizedCount == 2)
        }
        conversation.removeOldest(1)
        #expect(conversation.unsummarizedBytes == 5 && conversation.unsummarizedCount == 1)
    }

    @Test func lengthIsCountedInBytes() {
        let turn = Turn(id: "1", time: Timestamp(milliseconds: 0), speaker: nil, question: "größe", answer: "😀")
        #expect(turn.textBytes == 11)
    }

    @Test func oneIsReplaced() {
        var conversation = conversation(3)
        conversation.add(turn(9), wide, replacing: turn(2).id)
        #expect(conversation.turns == turns([0, 1, 9]))
        #expect(conversation.departed == 0)
    }

    @Test func whereTheOneToReplaceIsGoneItIsAdded() {
        var conversation = Conversation()
        conversation.add(turn(1), wide, replacing: turn(0).id)
        #expect(conversation.turns == turns([1]))
    }

    @Test func theSameTurnIsTakenOnce() {
        var conversation = conversation(2)
        let step = conversation.apply(.add(turn(1), replacing: nil, epoch: 0, bounds: wide))
        #expect(!step.isChange)
        #expect(conversation.turns == turns(0..<2))
    }

    @Test func oneOfANewIDIsLookedForOnlyWhereTheStepIsMadeAgain() {
        var conversation = conversation(2)
        let change = ConversationChange.add(turn(2), replacing: nil, epoch: 0, bounds: wide, isNew: true)
        #expect(conversation.apply(change).isChange)
        #expect(!conversation.reapply(change).isChange)
        #expect(conversation.turns == turns(0..<3))
        // On what another instance wrote it is made anew.
        var other = self.conversation(1)
        #expect(other.reapply(change).isChange)
        #expect(other.turns == turns([0, 2]))
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func whatNoSummaryCoversIsKnownWithoutLookingForIt(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var conversation = Conversation()
        for number in 0..<1000 {
            let present = conversation.turns.map(\.id)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                _ = conversation.apply(
                    .summarize(
                        .init(text: "\(number)", through: present.randomElement(using: &random) ?? "x"), epoch: .max))
            case 1: conversation.add(turn(number), wide, replacing: present.randomElement(using: &random))
            case 2 where number.isMultiple(of: 50): _ = conversation.apply(.reset(0))
            default: conversation.add(turn(number), ConversationBounds(turns: Int.random(in: 1...20, using: &random)))
            }
            // As it is found in a record.
            var read = Conversation()
            read.set(conversation.turns, conversation.summary)
            #expect(conversation.unsummarizedCount == read.unsummarizedCount)
            #expect(conversation.unsummarized.count == read.unsummarizedCount)
            // The first disagreement is enough.
            guard conversation.unsummarizedBytes == read.unsummarizedBytes else {
                Issue.record("step \(number): \(conversation.unsummarizedBytes) bytes, not \(read.unsummarizedBytes)")
                return
            }
        }
    }

    @Test func aResetForgetsTheTurnsAndTheirSummaryAndNothingElse() {
        var conversation = conversation(7, ConversationBounds(turns: 3))
        _ = conversation.apply(.choosePersona("concise"))
        _ = conversation.apply(.chooseModel("ollama/llama3.2"))
        _ = conversation.apply(.summarize(.init(text: "much", through: turn(5).id), epoch: 0))
        #expect(conversation.apply(.reset(5)).outcome == 6)
        #expect(conversation.turns == [])
        #expect(conversation.summary == nil)
        #expect(conversation.departed == 0)
        #expect(conversation.persona == "concise")
        #expect(conversation.model == "ollama/llama3.2")
        #expect(conversation.epoch == 5)
    }

    @Test func everyResetCountsAlsoWhereAClockGoesBack() {
        var conversation = Conversation()
        #expect(conversation.apply(.reset(100)).outcome == 0)
        #expect(conversation.epoch == 100)
        #expect(conversation.apply(.reset(50)).isChange)
        #expect(conversation.epoch == 101)
    }

    @Test(arguments: [nil, "0"])
    func whatWasAskedBeforeAResetDoesNotComeBack(replaced: Turn.ID?) {
        var conversation = conversation(1)
        _ = conversation.apply(.reset(10))
        #expect(!conversation.apply(.add(turn(2), replacing: replaced, epoch: 0, bounds: wide)).isChange)
        #expect(!conversation.apply(.summarize(.init(text: "old", through: turn(0).id), epoch: 0)).isChange)
        #expect(conversation.turns == [])
        #expect(conversation.summary == nil)
        _ = conversation.apply(.add(turn(3), replacing: replaced, epoch: 10, bounds: wide))
        #expect(conversation.turns == turns([3]))
    }

    @Test func whatIsChosenAgainChangesNothing() {
        var conversation = Conversation()
        #expect(conversation.apply(.choosePersona("concise")).isChange)
        #expect(!conversation.apply(.choosePersona("concise")).isChange)
        #expect(conversation.apply(.choosePersona(nil)).isChange)
        #expect(conversation.persona == nil)
    }

    @Test(arguments: [(0, false), (1, false), (2, true), (3, true), (9, true)])
    func aSummaryOfFewerTurnsComesTooLate(last: Int, isTaken: Bool) {
        var conversation = conversation(5)
        _ = conversation.apply(.summarize(.init(text: "much", through: turn(2).id), epoch: 0))
        let step = conversation.apply(.summarize(.init(text: "less or more", through: turn(last).id), epoch: 0))
        #expect(step.isChange == isTaken)
        #expect(conversation.summary?.text == (isTaken ? "less or more" : "much"))
    }

    @Test func aSummaryCoversTheTurnsUpToTheOneItNames() {
        var conversation = conversation(5)
        #expect(Array(conversation.unsummarized) == turns(0..<5))
        _ = conversation.apply(.summarize(.init(text: "much", through: turn(2).id), epoch: 0))
        #expect(Array(conversation.unsummarized) == turns(3..<5))
        // The turns it covers have left.
        conversation.add(turn(5), ConversationBounds(turns: 2))
        #expect(Array(conversation.unsummarized) == turns(4..<6))
    }
}

extension Conversation {
    fileprivate mutating func add(_ turn: Turn, _ bounds: ConversationBounds, replacing replaced: Turn.ID? = nil) {
        _ = apply(.add(turn, replacing: replaced, epoch: epoch, bounds: bounds))
    }
}
