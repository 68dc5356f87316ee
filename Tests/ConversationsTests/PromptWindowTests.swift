import Conversations
import LanguageModels
import ServiceRuntime
import Testing

@Suite struct PromptWindowTests {
    private let question = ChatMessage(.user, "And now?", speaker: "bob")

    private func window(_ turns: [Turn], _ maxMessages: Int) -> PromptWindow {
        PromptWindow(system: ["Be brief."], turns: turns, question: question, maxMessages: maxMessages)
    }

    @Test func theWholePrompt() {
        let window = window(turns(0..<2), 10)
        #expect(
            window.messages == [
                ChatMessage(.system, "Be brief."), ChatMessage(.user, "question 0", speaker: "alice"),
                ChatMessage(.assistant, "answer 0"), ChatMessage(.user, "question 1", speaker: "alice"),
                ChatMessage(.assistant, "answer 1"), ChatMessage(.user, "And now?", speaker: "bob"),
            ])
        #expect(window.dropped == 0)
    }

    @Test(
        arguments: [
            // The most messages, the turns there are, the turns that are shown.
            (-1, 3, 0), (0, 0, 0), (0, 3, 0), (1, 3, 0), (2, 3, 0), (3, 3, 1), (4, 3, 1), (5, 3, 2), (6, 3, 2),
            (7, 3, 3), (8, 3, 3), (10, 0, 0), (10, 4, 4), (10, 5, 4), (11, 5, 5), (1_000, 3, 3),
        ])
    func turnsThatFit(maxMessages: Int, there: Int, shown: Int) {
        let window = window(turns(0..<there), maxMessages)
        #expect(window.messages.count == 1 + shown * 2 + 1)
        #expect(window.dropped == (there - shown) * 2)
        #expect(window.messages.dropFirst().first?.content == (shown > 0 ? "question \(there - shown)" : "And now?"))
    }

    @Test(arguments: 0...14, 0...8)
    func whateverTheLimit(maxMessages: Int, there: Int) {
        let window = window(turns(0..<there), maxMessages)
        let roles = window.messages.map(\.role)
        #expect(roles.first == .system)
        #expect(window.messages.last == question)
        // It never begins with an answer, and questions and answers take turns.
        for (index, role) in roles.dropFirst().enumerated() {
            #expect(role == (index.isMultiple(of: 2) ? .user : .assistant))
        }
        // The question is always asked; else there are at most so many.
        #expect(window.messages.count - 1 <= max(1, maxMessages))
        #expect((window.messages.count - 2) + window.dropped == there * 2)
        // No room is wasted: another turn would be too much.
        if window.dropped > 0 { #expect(window.messages.count - 1 + 2 > maxMessages) }
    }

    @Test func theSystemPromptHasItsPartsInOrder() {
        let window = PromptWindow(
            system: ["Be brief.", "Earlier: much.", "Facts: none."], turns: turns(0..<1), question: question,
            maxMessages: 10)
        #expect(window.messages.first == ChatMessage(.system, "Be brief.\n\nEarlier: much.\n\nFacts: none."))
        #expect(window.messages.count == 4)
    }

    @Test(arguments: [0, 1, 5], [["Be brief."], ["Be brief.", "And kind."]])
    func itsBytesAreThoseOfItsTexts(there: Int, system: [String]) {
        let window = PromptWindow(system: system, turns: turns(0..<there), question: question, maxMessages: 9)
        #expect(window.bytes == window.messages.reduce(0) { $0 + $1.text.utf8.count })
    }

    @Test func theSpeakerIsToldToTheModel() {
        let texts = window(
            turns(0..<1) + [Turn(id: "", time: Timestamp(milliseconds: 0), speaker: nil, question: "q", answer: "a")],
            10
        ).messages.map(\.text)
        #expect(texts == ["Be brief.", "alice: question 0", "answer 0", "q", "a", "bob: And now?"])
    }
}
