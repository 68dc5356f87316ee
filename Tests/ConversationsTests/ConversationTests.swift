import Testing

@testable import Conversations

@Suite struct ConversationTests {
    private let wide = ConversationBounds(turns: 100)

    private func conversation(_ count: Int, _ bounds: ConversationBounds? = nil) -> Conversation {
        var conversation = Conversation()
        for number in 0..<count { conversation.append(turn(number), bounds: bounds ?? wide) }
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
        #expect(turn(1).bytes == 23)
        #expect(conversation(7, ConversationBounds(turns: 100, bytes: 3 * 23)).turns == turns(4..<7))
        #expect(conversation(7, ConversationBounds(turns: 100, bytes: 4 * 23 - 1)).turns == turns(4..<7))
        #expect(conversation(7, ConversationBounds(turns: 2, bytes: 4 * 23)).turns == turns(5..<7))
    }

    @Test func theNewestStaysHoweverLongItIs() {
        let bounds = ConversationBounds(turns: 10, bytes: 100)
        var conversation = conversation(3, bounds)
        let long = Turn(speaker: nil, question: String(repeating: "x", count: 1_000), answer: "y")
        conversation.append(long, bounds: bounds)
        #expect(conversation.turns == [long])
        #expect(conversation.departed == 6)
        conversation.append(turn(9), bounds: bounds)
        #expect(conversation.turns == turns([9]))
    }

    @Test func lengthIsCountedInBytes() {
        #expect(Turn(speaker: nil, question: "größe", answer: "😀").bytes == 11)
    }

    @Test func theLastOneIsReplaced() {
        var conversation = conversation(3)
        conversation.replaceLast(with: turn(9), bounds: wide)
        #expect(conversation.turns == turns([0, 1, 9]))
        #expect(conversation.departed == 0)
    }

    @Test func whereThereIsNoneToReplaceItIsAdded() {
        var conversation = Conversation()
        conversation.replaceLast(with: turn(1), bounds: wide)
        #expect(conversation.turns == turns([1]))
    }

    @Test func aResetForgetsTheTurnsAndNothingElse() {
        var conversation = conversation(7, ConversationBounds(turns: 3))
        conversation.persona = "concise"
        conversation.model = "ollama/llama3.2"
        #expect(conversation.reset(epoch: 5) == 6)
        #expect(conversation.turns == [])
        #expect(conversation.departed == 0)
        #expect(conversation.persona == "concise")
        #expect(conversation.model == "ollama/llama3.2")
        #expect(conversation.epoch == 5)
        #expect(conversation.reset(epoch: 6) == 0)
        #expect(conversation.epoch == 6)
    }
}
