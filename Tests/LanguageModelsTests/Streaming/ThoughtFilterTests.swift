import Testing

@testable import LanguageModels

@Suite("Thoughts in the content")
struct ThoughtFilterTests {
    static let texts: [(String, String)] = [
        ("<think>hm</think>Hi", "Hi"), ("<think></think>Hi", "Hi"), (" \r\n\t<think>hm</think>\n\nHi", "\n\nHi"),
        ("<think>a < b <</think></think>Hi", "</think>Hi"), ("<think><</think>Hi", "Hi"),
        ("<think></thin</think>Hi", "Hi"), ("<think>é😀</think>é😀", "é😀"), ("<think>a</think>\u{301}", "\u{301}"),
        // Only the first block.
        ("<think>a</think><think>b</think>", "<think>b</think>"), ("<think><think>a</think>b</think>", "b</think>"),
        // No end: no answer.
        ("<think>hm", ""), ("<think>hm</think", ""), ("<think>", ""), ("<think>hm</think>", ""),
        // No thoughts.
        ("", ""), ("Hi", "Hi"), ("  Hi ", "  Hi "), (" \n", " \n"), ("<", "<"), (" <think", " <think"),
        ("<thinking>hm</thinking>", "<thinking>hm</thinking>"), ("<Think>a</Think>", "<Think>a</Think>"),
        ("Hi <think>hm</think>", "Hi <think>hm</think>"), ("é<think>a</think>", "é<think>a</think>"),
        ("</think>Hi", "</think>Hi"), ("< think>Hi", "< think>Hi"), ("<<think>a</think>", "<<think>a</think>"),
    ]

    @Test("are taken out, however the text is cut", arguments: texts)
    func splits(text: String, answer: String) {
        #expect(ThoughtFilter.answer(in: text) == answer)
        let scalars = Array(text.unicodeScalars)
        let all = 0...scalars.count
        for first in all {
            for second in all where second >= first {
                var filter = ThoughtFilter()
                var result = ""
                for part in [scalars[..<first], scalars[first..<second], scalars[second...]] {
                    result += filter.feed(String(String.UnicodeScalarView(part)))
                }
                #expect(result + filter.finish() == answer)
            }
        }
        var filter = ThoughtFilter()
        let pieces = scalars.map { filter.feed(String($0)) }
        #expect(pieces.joined() + filter.finish() == answer)
    }

    @Test("are waited for only as long as they may come")
    func prompt() {
        var filter = ThoughtFilter()
        #expect([" ", "<th", "e"].map { filter.feed($0) } == ["", "", " <the"])
        #expect(filter.feed("<think>") == "<think>")
        #expect(filter.finish().isEmpty)
        var other = ThoughtFilter()
        #expect(["<think", ">a</think", ">b", "<think>"].map { other.feed($0) } == ["", "", "b", "<think>"])
    }
}
