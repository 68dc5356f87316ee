import HTTPServing
import LanguageModels
import TestSupport
import Testing

/// What models and servers do to the text of an answer, on every wire, streamed and whole.
@Suite("The text of an answer")
struct TextFaultTests {
    /// As JSON has them: the pieces, and what they are together.
    static let texts: [(pieces: [String], content: String)] = [
        // A character that is cut in two, with nothing or with an empty piece between.
        ([#"Hi \ud83d"#, #"\ude00 there"#], "Hi 😀 there"), ([#"\uD83D"#, "", #"\uDE00"#], "😀"),
        ([#"a\ud83d"#, #"\ude00\ud83c"#, #"\udf89b"#], "a😀🎉b"),
        // Halves that have no other.
        ([#"a\ud83d"#, "b"], "a\u{FFFD}b"), ([#"a\ud83d"#], "a\u{FFFD}"), (["a", #"\ude00b"#], "a\u{FFFD}b"),
        ([#"\ud83d"#, #"\ud83d"#, #"\ude00"#], "\u{FFFD}😀"), ([#"\ud83d\u0041\ude00"#], "\u{FFFD}A\u{FFFD}"),
        // Thoughts.
        (["<thi", "nk>xyzzy</th", #"ink>\n\nHi"#], "Hi"), ([" [THI", "NK]xyz[/THI", "NK]Hi"], "Hi"),
        (["<thinking>xyzzy</thinking>", #"\n<think>xyzzy</think>\n"#, "Hi"], "Hi"),
        (["Hi", #"\n<think>xyzzy</"#, "think>there"], "Hi\nthere"),
        (
            [
                "<|channel|>analysis<|message|>The user", #" greets.<|end|><|start|>assistant<|channel|>fi"#,
                "nal<|message|>Hello", "!<|retu", "rn|>",
            ], "Hello!"
        ),
        (["<think>xyzzy"], ""), (["<thi"], "<thi"),
        (["Use <think> and </th", "ink>, or [this](x)"], "Use <think> and </think>, or [this](x)"),
    ]

    @Test("in pieces", arguments: Wire.allCases, texts)
    func streamed(wire: Wire, text: (pieces: [String], content: String)) async throws {
        try await wire.good(wire.stream(text.pieces), text.content).play(to: wire, .whole)
        try await wire.good(wire.stream(text.pieces), text.content).play(to: wire, .byteByByte)
    }

    @Test("as a whole", arguments: Wire.allCases, texts)
    func whole(wire: Wire, text: (pieces: [String], content: String)) async throws {
        let text = (text.pieces.joined(), text.content)
        try await wire.good(wire.whole(text.0), text.1).play(to: wire, .whole)
    }

    /// Thoughts whose beginning is in the prompt's template, and an answer.
    private static let template = [#"Okay, the user wants X.\n"#, "</th", #"ink>\n\nHel"#, "lo!"]
    private static let plain = ["Hi ", "<b>", "there"]

    @Test("is not its thoughts, though their end alone tells of them", arguments: Wire.allCases)
    func template(wire: Wire) async throws {
        let thought = "Okay, the user wants X.\n"
        try await play(
            wire,
            [
                // What went out cannot be taken back, but it is no part of the answer.
                Turn(Self.template, "Hello!", told: thought + "Hello!"),
                // It is known now, for this model and no other.
                Turn(Self.template, "Hello!", told: "Hello!", isHeld: true),
                Turn(Self.template, "Hello!", told: thought + "Hello!", model: "other"),
                // It was wrong, and is no longer believed.
                Turn(Self.plain, "Hi <b>there", told: "Hi <b>there", isHeld: true),
                Turn(Self.plain, "Hi <b>there", told: "Hi <b>there"),
            ])
    }

    @Test("is none where the budget ends within thoughts that a template begins", arguments: Wire.allCases)
    func cut(wire: Wire) async throws {
        try await play(
            wire,
            [
                Turn(Self.template, "Hello!", told: "Okay, the user wants X.\nHello!"),
                Turn(["Okay, the", " user"], "", told: "", isHeld: true, reason: "length"),
                Turn(Self.template, "Hello!", told: "Hello!", isHeld: true),
            ])
    }

    /// An answer, and what is made of it.
    private struct Turn: Sendable {
        let pieces: [String]
        let content: String
        let told: String
        let isHeld: Bool
        let (reason, model): (String, String?)
        let firstPiece = RawServerSignal()

        init(
            _ pieces: [String], _ content: String, told: String, isHeld: Bool = false, reason: String = "stop",
            model: String? = nil
        ) {
            (self.pieces, self.content, self.told, self.isHeld) = (pieces, content, told, isHeld)
            (self.reason, self.model) = (reason, model)
        }
    }

    /// A server goes on with an answer when its first piece was handed out, or after a while where it is to be held.
    private func play(_ wire: Wire, _ turns: [Turn]) async throws {
        try await RawServer.with({ connection in
            for turn in turns where connection.readRequest() != nil {
                let rest = turn.pieces.dropFirst().map(wire.piece).joined() + wire.end(turn.reason)
                let first = wire.piece(turn.pieces[0])
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(first.utf8.count + rest.utf8.count)\r\n\r\n" + first)
                if turn.isHeld { _ = connection.pause(milliseconds: 50) } else { turn.firstPiece.waitOnThread() }
                connection.sendEach(rest.utf8)
            }
        }) { server in
            let provider = wire.provider(server.url)
            for turn in turns {
                let outcome = await Outcome(provider, model: turn.model) { turn.firstPiece.fire() }
                turn.firstPiece.fire()
                #expect((try? outcome.result.get())?.content == turn.content)
                #expect(outcome.text == turn.told)
                if turn.isHeld { #expect(outcome.pieces.first != turn.pieces[0]) }
            }
        }
    }

    @Test("of a whole answer is not its thoughts either", arguments: Wire.allCases)
    func wholeTemplate(wire: Wire) async throws {
        try await wire.good(wire.whole(Self.template.joined()), "Hello!").play(to: wire, .whole)
    }
}

extension Wire {
    /// A stream of pieces.
    fileprivate func stream(_ pieces: [String]) -> String { pieces.map(piece).joined() + end("stop") }

    fileprivate func piece(_ text: String) -> String {
        self == .ollama ? Chunk.line(text) : Chunk.event(Chunk.text(text))
    }

    fileprivate func end(_ reason: String) -> String {
        self == .ollama
            ? Chunk.line("", rest: #""done":true,"done_reason":"\#(reason)""#)
            : Chunk.stream(Chunk.text("", reason: reason))
    }

    /// The whole of it as one JSON text.
    fileprivate func whole(_ text: String) -> String {
        self == .ollama
            ? Chunk.line(text, rest: #""done":true"#)
            : #"{"model":"m-1","choices":[{"message":{"content":"\#(text)"},"finish_reason":"stop"}]}"#
    }

    /// Ollama leaves out what is zero, so its usage is always known.
    fileprivate func good(_ body: String, _ content: String) -> Fault {
        .good(content, body, content, usage: self == .ollama ? TokenUsage(promptTokens: 0, completionTokens: 0) : nil)
    }
}
