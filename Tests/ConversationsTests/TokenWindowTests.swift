import LanguageModels
import Testing

@testable import Conversations

@Suite("A prompt of so many tokens")
struct TokenWindowTests {
    private let question = ChatMessage(.user, "And now?", speaker: "bob")

    private func window(_ system: [String], there: Int, tokens: Int, maxMessages: Int = 100) -> PromptWindow {
        let budget = TokenBudget(window: tokens * 2, leaving: tokens, rate: TokenRate())
        return PromptWindow(
            system: system, turns: turns(0..<there), question: question, maxMessages: maxMessages, budget: budget)
    }

    @Test(
        "leaves room for the answer, at most half of the window",
        arguments: [
            (8192, nil, 7168), (8192, 100, 8092), (8192, 6000, 4096), (1000, nil, 500), (1, nil, 1), (0, 5, 0),
        ] as [(Int, Int?, Int)])
    func answer(window: Int, answer: Int?, prompt: Int) {
        #expect(TokenBudget(window: window, leaving: answer, rate: TokenRate()).tokens == prompt)
    }

    // What is there in any case has 21 bytes in two messages: 15 tokens. A turn has 25 bytes, in two messages more.
    @Test(
        "has the newest turns that fit, and whole ones",
        arguments: [(0, 0), (15, 0), (31, 0), (32, 1), (47, 1), (48, 2), (1000, 5)])
    func fit(tokens: Int, shown: Int) {
        let window = window(["Be brief"], there: 5, tokens: tokens)
        #expect(window.messages.count == shown * 2 + 2)
        #expect(window.dropped == (5 - shown) * 2)
        #expect(window.messages.first?.content == "Be brief")
        #expect(window.messages.last == question)
        #expect(window.messages[1].content == (shown > 0 ? "question \(5 - shown)" : "And now?"))
    }

    @Test("ends before a turn that is too long: what is older is not there without it")
    func aLongOneInTheMiddle() {
        var turns = turns(0..<5)
        turns[2] = Turn(
            id: "long", time: turns[2].time, speaker: nil, question: String(repeating: "x", count: 1000), answer: "y")
        let budget = TokenBudget(window: 200, leaving: 100, rate: TokenRate())
        let window = PromptWindow(
            system: ["Be brief"], turns: turns, question: question, maxMessages: 100, budget: budget)
        let shown = ["question 3", "answer 3", "question 4", "answer 4"]
        #expect(window.messages.map(\.content) == ["Be brief"] + shown + ["And now?"])
        #expect(window.dropped == 6)
    }

    @Test("never has more than fits, and wastes no room", arguments: Array(stride(from: 0, to: 400, by: 7)), [1, 4, 9])
    func whatever(tokens: Int, maxMessages: Int) {
        let window = window(["Be brief"], there: 12, tokens: tokens, maxMessages: maxMessages)
        let rate = TokenRate()
        let count = window.messages.count
        if count > 2 { #expect(rate.tokens(bytes: window.bytes, messages: count) <= tokens) }
        if window.dropped > 0, count + 1 <= maxMessages {
            #expect(rate.tokens(bytes: window.bytes + 29, messages: count + 2) > tokens)
        }
    }

    @Test("has the further parts of its system prompt where they leave as much again to the turns")
    func parts() {
        let summary = String(repeating: "s", count: 300)
        // 21 bytes and twice 302: 209 tokens, and 8 for the messages.
        #expect(window(["Be brief", summary], there: 3, tokens: 217).messages[0].content == "Be brief\n\n" + summary)
        #expect(window(["Be brief", summary], there: 3, tokens: 216).messages[0].content == "Be brief")
        // A smaller one after it may still fit.
        #expect(window(["Be brief", summary, "x"], there: 3, tokens: 100).messages[0].content == "Be brief\n\nx")
    }
}
