import CoreTestSupport
import Testing

@testable import BusProtocol

@Suite("An answer cut for a room")
struct RoomTextTests {
    @Test("is left alone where the room takes it whole")
    func short() {
        #expect(RoomText.parts("Hello there.", length: 12) == nil)
        #expect(RoomText.parts("a\nb", length: 3) == nil)
    }

    @Test(
        "ends its parts at a sentence, else at a word, else at a character",
        arguments: [
            ("One two. Three four five.", 20, ["One two.", "Three four five."]),
            ("One two! Three? Four five six.", 20, ["One two! Three?", "Four five six."]),
            ("alpha beta gamma delta", 12, ["alpha beta", "gamma delta"]),
            ("alpha beta", 5, ["alpha", "beta"]),
            ("A. bbbb cccc dddd eeee", 20, ["A. bbbb cccc dddd", "eeee"]),
            ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
            ("3.14159 is pi, and e is 2.71828", 20, ["3.14159 is pi, and e", "is 2.71828"]),
            ("今日は。明日は雨です。", 5, ["今日は。明", "日は雨です", "。"]),
        ])
    func borders(text: String, length: Int, parts: [String]) {
        #expect(RoomText.parts(text, length: length) == parts)
    }

    @Test("counts in UTF-16, as the rooms do")
    func units() {
        #expect(RoomText.parts("🙂🙂", length: 4) == nil)
        #expect(RoomText.parts("🙂🙂", length: 3) == ["🙂", "🙂"])
    }

    @Test(
        "never cuts a character", arguments: ["👩‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "👍🏽", "한"])
    func characters(character: String) {
        let text = String(repeating: character, count: 7)
        let parts = RoomText.parts(text, length: character.utf16.count + 1) ?? []
        #expect(parts.joined() == text)
        #expect(parts.allSatisfy { $0.allSatisfy { String($0) == character } })
    }

    @Test("cuts a character only where it alone is longer than the room")
    func hugeCharacter() {
        let text = "a" + String(repeating: "\u{301}", count: 50)
        let parts = RoomText.parts(text, length: 20) ?? []
        #expect(parts.allSatisfy { $0.utf16.count <= 20 })
        #expect(parts.joined().unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    @Test("has spaces for control characters")
    func controls() {
        let parts = RoomText.parts("line one\nline\ttwo\r\nline\u{0}three\u{85}four five", length: 24) ?? []
        #expect(parts == ["line one line two  line", "three four five"])
    }

    @Test(
        "has none either where it is short, and is nothing where there is nothing to see",
        arguments: [
            ("Hello\nthere\u{7}", ["Hello there"]), ("a\u{2028}b", ["a b"]), ("/me", ["\u{200B}/me"]), ("", []),
            (" \n\u{0}", []), ("Hello there.", ["Hello there."]),
        ])
    func lines(text: String, lines: [String]) { #expect(RoomText.lines(text, length: 40) == lines) }

    @Test(
        "begins no part with a slash, as a room's server sees it",
        arguments: [
            ("/clear", 20), ("/ban bob", 200), ("Please type /clear and /mute bob now", 12), ("////////", 3),
            ("/\u{301}clear", 20), ("  /clear", 20), ("\n/clear", 20), ("\u{FEFF}/clear", 20), ("\u{1}/clear", 20),
            ("aaaa bbbb \u{FEFF}/clear all of it", 10), ("aaaa bbbb /\u{301}x cc dd", 10),
        ])
    func slash(text: String, length: Int) {
        let parts = RoomText.parts(text, length: length) ?? [text]
        #expect(!parts.isEmpty)
        for part in parts {
            // What JavaScript's trim takes away.
            let trimmed = part.unicodeScalars.drop { $0.properties.isWhitespace || $0 == "\u{FEFF}" || $0.value < 0x20 }
            #expect(trimmed.first != "/", "\(parts)")
            #expect(part.utf16.count <= length)
        }
    }

    @Test("keeps all words, in parts that fit, whatever was said")
    func anything() {
        var random = SeededGenerator(seed: 7)
        let alphabet = ["a", "bc", " ", "  ", ". ", "! ", "\n", "/", "🙂", "👩‍👩‍👧‍👦", "é", "\u{0}", "…", "…"]
        for _ in 0..<500 {
            let pieces = (0..<Int.random(in: 1...120, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? ""
            }
            let text = pieces.joined()
            let length = Int.random(in: 20...60, using: &random)
            guard let parts = RoomText.parts(text, length: length) else {
                #expect(text.utf16.count <= length)
                continue
            }
            #expect(parts.allSatisfy { $0.utf16.count <= length && !$0.hasPrefix("/") && !$0.isEmpty })
            let isControl = { (character: Character) in
                character.unicodeScalars.first?.properties.generalCategory == .control
            }
            let said = text.filter { !$0.isWhitespace && !isControl($0) }
            #expect(parts.joined().filter { !$0.isWhitespace && $0 != "\u{200B}" } == said)
        }
    }
}
