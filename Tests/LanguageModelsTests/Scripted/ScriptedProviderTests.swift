import LanguageModels
import Synchronization
import Testing

@Suite("The scripted provider")
struct ScriptedProviderTests {
    private func ask(_ provider: ScriptedProvider, _ text: String) async throws -> String {
        try await provider.complete(CompletionRequest(.messages([ChatMessage(.user, text)])), deltas: nil).content
    }

    @Test(
        "matches words and wildcards",
        arguments: [
            ("hello", "Well, HELLO there", "found"), ("hello", "hellos", nil),
            ("two words", "one two, words!", "found"),
            ("two words", "two other words", nil), ("* weather *", "How is the weather today?", "found"),
            ("weather *", "How is the weather", nil), ("*", "", "found"), ("", "anything", "found"),
            ("don't *", "DONT panic", "found"), ("* a * b * c *", "x a y b z c", "found"), ("a * a", "a", nil),
            ("a * a", "a b a b a", "found"), ("* b", "b b", "found"),
        ])
    func patterns(pattern: String, text: String, expected: String?) async throws {
        let provider = ScriptedProvider(rules: [ScriptedRule(pattern, replies: ["found"])])
        let answer = try await ask(provider, text)
        #expect((answer == "found") == (expected != nil))
    }

    @Test("puts what the wildcards stood for into the reply")
    func captures() async throws {
        let provider = ScriptedProvider(rules: [
            ScriptedRule("swap * and *", replies: ["$2 and $1, $3$ 5"]), ScriptedRule("*", replies: ["$1"]),
        ])
        #expect(try await ask(provider, "swap black Tea, and O'Neill") == "O'Neill and black Tea, $ 5")
        #expect(try await ask(provider, "/quit now") == "quit now")
        #expect(!(try await ask(provider, "").isEmpty))
    }

    @Test(
        "says nothing that a room takes for a command",
        arguments: [
            ("/quit", "quit"), (" / /kick all", "kick all"), ("either/or", "either/or"), ("//", nil),
            ("\u{202E}/a", "a"),
        ])
    func commands(reply: String, expected: String?) async throws {
        let provider = ScriptedProvider(rules: [ScriptedRule("*", replies: [reply])])
        let answer = try await ask(provider, "x")
        #expect(expected.map { $0 == answer } ?? (!answer.isEmpty && !answer.hasPrefix("/")))
    }

    @Test("gives the replies of a rule in turn")
    func rotation() async throws {
        let provider = ScriptedProvider(rules: [
            ScriptedRule("a", replies: ["1", "2"]), ScriptedRule("*", replies: ["x", "y", "z"]),
        ])
        var answers: [String] = []
        for text in ["a", "b", "a", "b", "a", "b", "b"] { answers.append(try await ask(provider, text)) }
        #expect(answers == ["1", "x", "2", "y", "1", "z", "x"])
    }

    @Test("sends pieces that join to the answer", arguments: [1, 3, 100])
    func chunks(size: Int) async throws {
        let provider = ScriptedProvider(rules: [ScriptedRule("*", replies: ["Grüße 👩‍👩‍👧‍👦!"], chunkSize: size)])
        let pieces = Pieces()
        let completion = try await provider.complete(CompletionRequest(.text("x", system: nil)), deltas: pieces.add)
        #expect(pieces.all.joined() == completion.content)
        #expect(pieces.all.count == (8 + size - 1) / size)
    }

    @Test("fails as told, after the pieces of an answer where there is one")
    func failure() async throws {
        let failure = ProviderError(.rateLimited, "slow down")
        let provider = ScriptedProvider(rules: [
            ScriptedRule("plain", replies: [], failure: failure),
            ScriptedRule("*", replies: ["half"], failure: failure),
        ])
        let pieces = Pieces()
        for text in ["plain", "other"] {
            let error = await #expect(throws: ProviderError.self) {
                try await provider.complete(CompletionRequest(.text(text, system: nil)), deltas: pieces.add)
            }
            #expect(error?.code == .rateLimited)
        }
        #expect(pieces.all == ["half"])
    }

    @Test("ends its pause when cancelled")
    func cancelled() async throws {
        let provider = ScriptedProvider(rules: [ScriptedRule("*", replies: ["late"], delay: .seconds(3600))])
        let task = Task { try await ask(provider, "x") }
        task.cancel()
        let result = await task.result
        #expect(throws: ProviderError.self) { try result.get() }
    }

    @Test("has one model")
    func models() async throws {
        let provider = ScriptedProvider()
        #expect(try await provider.models() == ["eliza"])
        #expect(await provider.isAvailable())
        let error = await #expect(throws: ProviderError.self) {
            try await provider.complete(CompletionRequest(.text("x", system: nil), model: "gpt\"\n4"), deltas: nil)
        }
        #expect(error?.code == .unknownModel)
        #expect(error?.description == "the provider scripted has no model \"gpt4\"")
    }

    @Test("keeps the bounds of the request")
    func bounds() async throws {
        let provider = ScriptedProvider(rules: [ScriptedRule("*", replies: ["one two three four"])])
        var request = CompletionRequest(.text("12345", system: "1234"), maxTokens: 2)
        let cut = try await provider.complete(request, deltas: nil)
        #expect(cut.content == "one two")
        #expect(cut.finishReason == .length)
        #expect(cut.usage == TokenUsage(promptTokens: 3, completionTokens: 2))
        request.maxTokens = .max
        request.stop = [" three", "one"]
        #expect(try await provider.complete(request, deltas: nil).content == "one two")
    }
}

/// Collects the pieces of an answer.
final class Pieces: Sendable {
    private let pieces = Mutex<[String]>([])
    var all: [String] { pieces.withLock { $0 } }
    @Sendable func add(_ piece: String) { pieces.withLock { $0.append(piece) } }
}
