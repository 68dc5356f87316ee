import Testing

@testable import LanguageModels

@Suite("Thoughts in the content")
struct ThoughtFilterTests {
    private static let final = "<|start|>assistant<|channel|>final<|message|>"

    static let texts: [(String, String)] = [
        ("<think>hm</think>Hi", "Hi"), ("<think></think>Hi", "Hi"), (" \r\n\t<think>hm</think>\n\nHi", "Hi"),
        ("<think>a < b <</think></think>Hi", "</think>Hi"), ("<think><</think>Hi", "Hi"),
        ("<think></thin</think>Hi", "Hi"), ("<think>é😀</think>é😀", "é😀"), ("<think>a</think>\u{301}", "\u{301}"),
        ("<think>of `<think>` and <think></think>Hi", "Hi"),
        // Other tags.
        ("<thinking>hm</thinking>Hi", "Hi"), ("[THINK]hm[/THINK]Hi", "Hi"), ("<seed:think>hm</seed:think>Hi", "Hi"),
        ("<think>hm</thinking></think>Hi", "Hi"), ("<|channel>thought\nhm<channel|>Hi", "Hi"),
        // Several blocks.
        ("<think>a</think><think>b</think>", ""), ("<think>a</think>\n\n<thinking>b</thinking>\nHi", "Hi"),
        ("<think><think>a</think>b</think>", "b</think>"),
        ("<think>a</think>Hi\n<think>b</think>there", "Hi\nthere"),
        ("<think>a</think>Hi <think>b</think>the<think>\nc</think>re", "Hi there"),
        ("<think>a</think>Hi <think>b", "Hi <think>b"), ("<think>a</think>Hi <think>", "Hi <think>"),
        ("Hi\n [THINK]b[/THINK]\n.", "Hi\n \n."),
        // No end: no answer; in the middle of one, no block.
        ("<think>hm", ""), ("<think>hm</think", ""), ("<think>", ""), ("<think>hm</think>", ""),
        ("Hi\n<think> is a tag", "Hi\n<think> is a tag"), ("Hi\n<think>a</thin", "Hi\n<think>a</thin"),
        // No beginning: it is in the prompt's template.
        ("</think>Hi", "Hi"), ("Okay, the user wants X.\n</think>\n\nHello!", "Hello!"),
        ("So it is.</think>Hi", "Hi"), ("嗯。</think>你好", "你好"), ("a\n[/THINK]Hi", "Hi"), ("<b>a</b></think>Hi", "Hi"),
        ("They ask about <think>.\n</think>\nHi", "Hi"), ("a\n</think>b\n</think>c", "b\n</think>c"),
        ("a\n```\nb\n```\n</think>Hi", "Hi"), ("a\n</think>\n<think>b</think>\nHi", "Hi"),
        // gpt-oss, from its first channel, after it, with more messages, with a head of its answer, and without thoughts.
        ("<|channel|>analysis<|message|>hm<|end|>\(final)Hello!<|return|>", "Hello!"),
        ("hm<|end|>\(final)Hello!<|return|>", "Hello!"), ("analysis<|message|>hm.<|end|>\(final)Hi", "Hi"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|>\(final)Hi",
            "Hi"
        ),
        ("<|channel|>final <|constrain|>json<|message|>{}<|return|>", "{}"), ("\(final)Hi<|end|>", "Hi"),
        ("\(final)Hi <think> there<|end|>\(final) again", "Hi <think> there again"),
        ("<|channel|>analysis<|message|>hm", ""),
        // No thoughts.
        ("", ""), ("Hi", "Hi"), ("  Hi ", "  Hi "), (" \n", " \n"), ("<", "<"), (" <think", " <think"),
        ("<Think>a</Think>", "<Think>a</Think>"), ("< think>Hi", "< think>Hi"), ("[1] [THIN", "[1] [THIN"),
        ("<<think>a</think>", "<<think>a</think>"), ("“a” – ◁", "“a” – ◁"),
        // Tags that are spoken about.
        ("Hi <think>hm</think>", "Hi <think>hm</think>"), ("é<think>a</think>", "é<think>a</think>"),
        ("Use `<think>` and `</think>`.", "Use `<think>` and `</think>`."),
        ("A thought ends with </think> there.", "A thought ends with </think> there."),
        ("It is \"</think>\", (</think>) or *</think>*", "It is \"</think>\", (</think>) or *</think>*"),
        ("Write <think>a</think>b.", "Write <think>a</think>b."),
        ("So:\n```\n<think>\na\n</think>\n```\n", "So:\n```\n<think>\na\n</think>\n```\n"),
        ("It is `<|channel|>final<|message|>`<|end|>", "It is `<|channel|>final<|message|>`<|end|>"),
        ("<think>a</think>Use <think> and </think>.", "Use <think> and </think>."),
        ("<think>a</think>`<think>b</think>`, (<think>b</think>)", "`<think>b</think>`, (<think>b</think>)"),
        ("<think>a</think>It is <think>, and no </think>.", "It is <think>, and no </think>."),
    ]

    @Test("are taken out, however the text is cut", arguments: texts)
    func splits(text: String, answer: String) {
        #expect(read([text]) == answer)
        let scalars = Array(text.unicodeScalars)
        let all = 0...scalars.count
        for first in all {
            for second in all where second >= first {
                let parts = [scalars[..<first], scalars[first..<second], scalars[second...]]
                #expect(read(parts.map { String(String.UnicodeScalarView($0)) }) == answer)
            }
        }
        #expect(read(scalars.map { String($0) }) == answer)
    }

    private func read(_ pieces: [String]) -> String {
        var filter = ThoughtFilter()
        var result = ""
        for piece in pieces {
            let hadRetracted = filter.hasRetracted
            let next = filter.feed(piece)
            result = filter.hasRetracted == hadRetracted ? result + next : next
        }
        return result + filter.finish()
    }

    @Test("are waited for only as long as they may come")
    func prompt() {
        var filter = ThoughtFilter()
        #expect([" ", "<th", "e"].map { filter.feed($0) } == ["", "", " <the"])
        #expect(filter.feed("<think>") == "<think>")
        #expect(filter.finish().isEmpty)
        var other = ThoughtFilter()
        let pieces = ["<think", ">a</think", ">b", "<think>", " is"].map { other.feed($0) }
        #expect(pieces == ["", "", "b", "", "<think> is"])
        let more = ["a ", "<b>", " <", "i>\n", "<think>", "x"].map { other.feed($0) }
        #expect(more == ["a ", "<b>", " ", "<i>\n", "", ""])
        #expect(other.finish() == "<think>x")
    }
}
