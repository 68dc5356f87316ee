import ServiceRuntime
import Testing

@testable import LanguageModels

@Suite("What is written to the log of an answer")
struct LogExcerptTests {
    @Test("holds no control characters and is short")
    func escaped() {
        #expect(LogExcerpt("a\n\u{1B}[2Jb\u{202E}").text == "a\\n\\u{1B}[2Jb\\u{202E}")
        #expect(LogExcerpt(String(repeating: "é\n", count: 9000)).text.count <= 500)
        #expect(LogExcerpt([0xFF, 0x41]).text == "\u{FFFD}A")
        #expect(LogExcerpt("").text.isEmpty)
    }

    @Test("holds no key, wherever it stands", arguments: [0, 1, 490, 499, 1990, 1999, 2000, 2005])
    func redacted(offset: Int) {
        let key = "key-0123456789"
        for count in [1, 3, 200] {
            let body = String(repeating: "x", count: offset) + String(repeating: key, count: count)
            #expect(!LogExcerpt(body, hiding: Secret(key)).text.contains("key-"))
        }
    }

    @Test("holds nothing that looks like a key")
    func masked() {
        #expect(
            LogExcerpt("Incorrect API key provided: sk-proj-ab***yz. risk-free").text
                == "Incorrect API key provided: <redacted>. risk-free")
    }
}
