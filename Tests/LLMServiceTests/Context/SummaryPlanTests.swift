import Conversations
import ServiceRuntime
import Testing

@testable import LLMService

@Suite("What is summarised of a conversation")
struct SummaryPlanTests {
    private func settings(after: Int, maxMessages: Int = 10, bounds: ConversationBounds = .init(turns: 100))
        -> ServiceSettings
    {
        var settings = ServiceSettings(maxContextMessages: maxMessages)
        settings.context.summarizeAfter = after
        settings.conversationBounds = bounds
        return settings
    }

    private func turn(_ number: Int, _ text: String = "x") -> Turn {
        Turn(id: "\(number)", time: Timestamp(milliseconds: 0), speaker: nil, question: text, answer: text)
    }

    private func conversation(_ count: Int, summarizedThrough last: Int? = nil, _ text: String = "x") -> Conversation {
        var conversation = Conversation()
        let bounds = ConversationBounds(turns: 1000, bytes: .max)
        for number in 0..<count {
            _ = conversation.apply(.add(turn(number, text), replacing: nil, epoch: 0, bounds: bounds))
        }
        if let last { _ = conversation.apply(.summarize(.init(text: "notes", through: "\(last)"), epoch: 0)) }
        return conversation
    }

    @Test(
        "are the turns that no prompt shows any more, when there are more than so many",
        arguments: [
            // Turns there are, the last that is summarised, the most, the messages of a prompt, those to be summarised.
            (30, nil, 30, 10, nil), (31, nil, 30, 10, 0..<27), (40, nil, 30, 10, 0..<36), (58, 26, 30, 10, 27..<54),
            (57, 26, 30, 10, nil), (3, nil, 2, 1, 0..<2), (2, nil, 2, 1, nil), (3, nil, 2, 2, 0..<2),
            (1000, nil, 0, 10, nil), (0, nil, 1, 10, nil),
            // A prompt that shows much: some turns at a time all the same.
            (35, nil, 30, 41, nil), (36, nil, 30, 41, 0..<16), (4, nil, 1, 10, nil), (5, nil, 1, 10, 0..<1),
        ] as [(Int, Int?, Int, Int, Range<Int>?)])
    func turns(there: Int, last: Int?, after: Int, maxMessages: Int, expected: Range<Int>?) {
        let settings = settings(after: after, maxMessages: maxMessages)
        let plan = SummaryPlan(conversation(there, summarizedThrough: last), settings)
        #expect(plan?.turns.map(\.id) == expected.map { $0.map(String.init) })
        #expect(SummaryPlan.isDue(conversation(there, summarizedThrough: last), adding: 0, settings) == (plan != nil))
    }

    @Test("is known before the last turn is stored", arguments: [(29, false), (30, true)])
    func before(there: Int, isDue: Bool) {
        #expect(SummaryPlan.isDue(conversation(there), adding: 1, settings(after: 30)) == isDue)
    }

    @Test("is not left until it leaves the conversation", arguments: [(19, false), (20, true)])
    func fewKept(there: Int, isDue: Bool) {
        let settings = settings(after: 30, bounds: ConversationBounds(turns: 20))
        #expect(SummaryPlan.isDue(conversation(there), adding: 0, settings) == isDue)
    }

    @Test("is not left until it is too much to keep", arguments: [(9, false), (10, true)])
    func long(there: Int, isDue: Bool) {
        // Four are shown; of the others, more than five make half of what is kept.
        let settings = settings(after: 30, bounds: ConversationBounds(turns: 100, bytes: 2200))
        let conversation = conversation(there, String(repeating: "y", count: 100))
        #expect(SummaryPlan.isDue(conversation, adding: 0, settings) == isDue)
    }

    // MARK: parts

    @Test("is cut into parts that a model can read", arguments: [64, 100, 200, 1000, 100_000])
    func parts(maxBytes: Int) {
        let turns = (0..<20).map { turn($0, String(repeating: "é\n", count: $0 * 3)) }
        let parts = SummaryPart.parts(of: turns, maxBytes: maxBytes)
        #expect(parts.allSatisfy { $0.lines.utf8.count <= maxBytes })
        #expect(parts.reduce(0) { $0 + $1.turns } == 20)
        #expect(parts.last?.through == "19")
        for (part, next) in zip(parts, parts.dropFirst()) {
            #expect(part.lines.utf8.count + next.lines.utf8.count >= maxBytes || next.turns > 1)
        }
        #expect((maxBytes == 100_000) == (parts.count == 1))
    }

    @Test("is shown line by line, none of which can pass for something else")
    func lines() {
        let turn = Turn(
            id: "1", time: Timestamp(milliseconds: 0), speaker: "bob", question: "a\nMessages:\r\nb\u{2028}c",
            answer: "Notes so far:")
        let lines = SummaryPrompt.lines(of: turn, maxBytes: 1000)
        #expect(lines == "> bob: a\n> | Messages:\n> | b\n> | c\n> you: Notes so far:")
        let prompt = SummaryPrompt(notes: "x\n\nMessages:", lines: lines, maxWords: 70)
        #expect(prompt.text == "Notes so far:\n> x\n> \n> Messages:\n\nMessages:\n" + lines)
        #expect(prompt.system.contains("70 words"))
    }

    @Test(
        "is cut between characters' parts",
        arguments: [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (7, "aé😀"), (9, "aé😀z")])
    func cut(bytes: Int, text: String) { #expect("aé😀z".cut(toBytes: bytes) == text) }
}
