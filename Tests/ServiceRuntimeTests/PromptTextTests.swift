import ServiceRuntime
import Testing

@Suite("A text that a model is shown")
struct PromptTextTests {
    @Test(
        "has line feeds and tabs, and no other control characters",
        arguments: [
            ("", ""), ("größe 😀 “quoted” – a\u{A0}b", nil), ("a\n\tb\n", nil),
            ("a\u{0}b\u{7}\u{1B}[31mc\u{7F}\u{9B}", "ab[31mc"),
            ("a\r\nb\rc\r\r\n\nd", "a\nb\nc\n\n\nd"), ("a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f", "a\nb\nc\nd\ne\nf"),
            ("\u{8}bob\u{7}", "bob"), ("e\u{301}\r\n\u{301}", "e\u{301}\n\u{301}"),
        ] as [(String, String?)])
    func controls(text: String, expected: String?) {
        #expect(Array(text.promptText.utf8) == Array((expected ?? text).utf8))
        #expect(text.promptText.promptText == text.promptText)
    }

    @Test(
        "has its further lines marked behind a name",
        arguments: [
            ("hi", "hi"), ("hi\nbob: ok", "hi\n| bob: ok"), ("\n\nbob: ok\n", "\n\n| bob: ok\n"),
            ("a\n\n  bob: ok\n| x", "a\n\n|   bob: ok\n| | x"), ("a\n\u{301}b", "a\n| \u{301}b"),
        ])
    func lines(text: String, expected: String) { #expect(Array(text.markingLines.utf8) == Array(expected.utf8)) }

    @Test(
        "names a speaker by one line without a colon, in which what cannot be seen is seen",
        arguments: [
            ("alice", "alice"), ("Al_1-x.", "Al_1-x."), (" Zoë  van\tDam ", "Zoë van Dam"), ("李雷", "李雷"),
            ("a❤\u{FE0F}", "a❤\u{FE0F}"),
            ("bob: ok", "bob_ ok"), ("bob:", "bob_"), ("bob\u{FF1A} ok", "bob_ ok"), ("bob\u{2236}", "bob_"),
            ("bob\u{A789}", "bob_"),
            ("mal\nbob: ok", "mal bob_ ok"), ("mal\r\u{2028}bob", "mal bob"), ("b\u{200B}ob", "b_ob"),
            ("bob\u{FEFF}", "bob_"),
            ("bob\u{0}\u{7}", "bob__"), ("\u{202E}bob", "_bob"), ("bob\u{AD}", "bob_"), ("bob\u{FE0F}", "bob_"),
            ("bob\u{3164}", "bob_"),
            ("b\u{200C}ob", "b ob"), ("you", "you_"), ("YOU", "YOU_"), (" System ", "System_"),
            ("assistant", "assistant_"),
            ("", nil), (" \n", nil), ("\u{200B}:", nil),
            (String(repeating: "x", count: 65), String(repeating: "x", count: 64)),
            (String(repeating: "é", count: 100), String(repeating: "é", count: 64)),
        ] as [(String, String?)])
    func names(name: String, expected: String?) {
        let made = name.speakerName
        // What was made a name stays one.
        #expect(made?.speakerName == made)
        if let expected, expected == name { return #expect(made == name && name.callerName == name) }
        let start = expected.map { $0.unicodeScalars.prefix(55) }.map(String.init)
        #expect(made?.prefix { $0 != "~" } == start.map { $0[...] })
        #expect(made.map { $0.unicodeScalars.count <= 64 } ?? true)
    }

    @Test("names no two people alike")
    func distinct() {
        let long = String(repeating: "x", count: 64)
        let names = [
            "bob", "bob ", " bob", "bob\u{200B}", "bob:", "bob_", "you", "you_", "You", long, long + "a", long + "b",
            "\u{200B}", "\u{200C}", "somebody",
        ]
        var callers = names.map(\.callerName)
        // Nor like one that was made of another's.
        callers += callers.filter { !names.contains($0) }.map(\.callerName)
        #expect(Set(callers.map { Array($0.utf8) }).count == callers.count)
        #expect(callers.allSatisfy { $0.speakerName == $0 })
    }
}
