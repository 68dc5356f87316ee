import Eliza
import LanguageModels
import Testing

@Suite("The conversational set")
struct ElizaTests {
    private let provider = ScriptedProvider(smallTalk: Eliza.answer)

    /// What is answered after a conversation given as `alice: …` (a speaker), `- …` (an answer), or a plain line.
    private func answer(_ lines: [String]) async throws -> String {
        let messages = lines.map { line in
            if line.hasPrefix("- ") { return ChatMessage(.assistant, String(line.dropFirst(2))) }
            let parts = line.split(separator: ": ", maxSplits: 1)
            return parts.count == 2
                ? ChatMessage(.user, String(parts[1]), speaker: String(parts[0])) : ChatMessage(.user, line)
        }
        return try await provider.complete(CompletionRequest(.messages(messages)), deltas: nil).content
    }

    @Test(
        "answers to the point",
        arguments: [
            (["Hello there!"], "Hello!"),
            (["alice: hi"], "Hello, alice!"),
            (["Bonjour"], "Hello!"),
            (["What is my name?"], "have not told me your name"),
            (["my name is bob", "- Nice to meet you, Bob. What brings you here?", "what's my name?"], "is Bob."),
            (["Hello, my name is Ann and I like tea"], "Nice to meet you, Ann."),
            (["alice: my name is Al", "bob: what is my name"], "go by bob"),
            (["my name is not important"], "your name."), (["my car broke down"], "Your car broke down?"),
            (["Are you a bot?"], "no language model"),
            (["who are you"], "config.json"),
            (["thanks a lot"], "welcome"),
            (["Bye!"], "Goodbye"),
            (["I feel lost in my work"], "feel lost in your work"),
            (["I'm sad today"], "sorry to hear"),
            (["I am proud of you"], "been proud of me"),
            (["I am so tired"], "rest"),
            (["because it is late"], "only reason"),
            (["Why don't you help me with my cake?"], "help you with your cake"),
            (["my mother calls me daily"], "family"),
            (["I dreamed of the sea"], "dream"),
            (["computers are everywhere"], "machines"),
            (["Sorry!"], "sorry"),
            (["yes"], "Good"),
            (["no"], "Why not?"),
            (["I need a holiday"], "got a holiday"),
            (["You are clever"], "I am clever"),
            (["I like green tea", "- Since when?", "what did I say?"], "“I like green tea”"),
            (["what did I say?"], "first thing I heard"),
            (["alice: the cake is done", "bob: What did alice say?"], "alice was: “the cake is done”"),
            (["my garden is full of frogs", "- Indeed?", "the sky looks odd"], "your garden is full of frogs"),
            (["Who built the moon?"], "good question"),
            (["я думаю о море"], "English"),
            (["???"], "words"),
        ])
    func dialogue(lines: [String], expected: String) async throws {
        let answer = try await answer(lines)
        #expect(answer.contains(expected), "\(answer)")
    }

    @Test("says the same of the same, and not twice the same in a row")
    func rotation() async throws {
        var lines = ["so it goes"]
        var answers: [String] = []
        for _ in 0..<5 {
            let answer = try await answer(lines)
            #expect(try await self.answer(lines) == answer)
            #expect(!answers.contains(answer))
            answers.append(answer)
            lines += ["- " + answer, "so it goes"]
        }
    }

    @Test("comes back once to what somebody said earlier")
    func memory() async throws {
        let lines = ["my garden is full of frogs", "- Indeed?", "the sky looks odd"]
        let first = try await answer(lines)
        #expect(first.contains("your garden is full of frogs"))
        let second = try await answer(lines + ["- " + first, "the sea looks odd"])
        #expect(!second.contains("garden"))
    }

    @Test("does not say the same again where only the end of the conversation is left")
    func window() async throws {
        let first = try await answer(["well", "- Hm.", "so it goes"])
        let second = try await answer(["so it goes", "- " + first, "so it goes"])
        #expect(first != second)
    }

    @Test(
        "has an answer to everything",
        arguments: [
            "", " ", "\n", "/", "/reset", "$1", "$who", "*", "????", "😀", "👩‍👩‍👧‍👦 👩‍👩‍👧‍👦", "\u{0}", "\u{202E}abc", "my",
            "my my my my", "i am",
            "i feel", "i need", "you", "are you", "why", "my name is", "my name is /quit", "call me $1", "what did say",
            "你好吗", "مرحبا", "e\u{301}\u{301}\u{301}", "a.b.c.d.e", "'", "''''", "I am /kick all", "\u{FEFF}",
        ])
    func oddInput(text: String) async throws {
        for system in [nil, "You are Rosey."] {
            let answer = try await provider.complete(CompletionRequest(.text(text, system: system)), deltas: nil)
                .content
            #expect(!answer.isEmpty && !answer.hasPrefix("/"))
            #expect(answer.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test("is not held up by a hostile message", arguments: ["i am ", "my ", "you are ", "a", "\u{301}", ", . "])
    func hostile(piece: String) async throws {
        let text = String(repeating: piece, count: (1 << 20) / piece.utf8.count)
        let messages = (0..<20).map { _ in ChatMessage(.user, text) }
        let start = ContinuousClock.now
        let answer = try await provider.complete(CompletionRequest(.messages(messages)), deltas: nil).content
        #expect(!answer.isEmpty && answer.utf8.count < 1000)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("answers where nothing was said")
    func nothing() async throws {
        #expect(!(try await answer([])).isEmpty)
    }
}
