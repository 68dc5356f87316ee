import Testing

@testable import LanguageModels

@Suite("Lines")
struct LineSplitterTests {
    private func lines(
        _ pieces: [[UInt8]], _ ending: LineSplitter.Ending, maxBytes: Int = 100
    ) throws(LineSplitter.LineTooLong) -> [String] {
        var splitter = LineSplitter(ending: ending, maxBytes: maxBytes)
        var lines: [String] = []
        for piece in pieces {
            splitter.feed(piece)
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        if let rest = splitter.finish() { lines.append("…" + String(decoding: rest, as: UTF8.self)) }
        return lines
    }

    private func ways(_ text: String) -> [[[UInt8]]] {
        let bytes = Array(text.utf8)
        return [bytes.map { [$0] }] + (0...bytes.count).map { [Array(bytes[..<$0]), [], Array(bytes[$0...])] }
    }

    @Test(
        "are found however the bytes are cut",
        arguments: [
            ("", [], []), ("a", ["…a"], ["…a"]), ("a\n", ["a"], ["a"]), ("\n", [""], [""]),
            ("\n\n", ["", ""], ["", ""]),
            ("ab\ncd\nef", ["ab", "cd", "…ef"], ["ab", "cd", "…ef"]),
            ("a\r\nb\r\n", ["a", "b"], ["a\r", "b\r"]), ("a\rb\r", ["a", "b"], ["…a\rb\r"]),
            ("\r\n\r\n", ["", ""], ["\r", "\r"]), ("\n\r", ["", ""], ["", "…\r"]),
            ("\r\r\n\n", ["", "", ""], ["\r\r", ""]),
            ("é😀\n\né", ["é😀", "", "…é"], ["é😀", "", "…é"]),
        ])
    func splits(text: String, any: [String], lineFeed: [String]) throws {
        for pieces in ways(text) {
            #expect(try lines(pieces, .any) == any)
            #expect(try lines(pieces, .lineFeed) == lineFeed)
        }
    }

    @Test("are bounded, and what came before is read first")
    func bounded() throws {
        for pieces in ways("12345\n12345\r\n12345") { #expect(try lines(pieces, .any, maxBytes: 5).count == 3) }
        for pieces in ways("123456\n") + ways("123456") {
            #expect(throws: LineSplitter.LineTooLong.self) { try lines(pieces, .any, maxBytes: 5) }
        }
        var splitter = LineSplitter(ending: .lineFeed, maxBytes: 3)
        splitter.feed(Array("a\nbbbb\nc\n".utf8))
        #expect(try splitter.next().map(Array.init) == Array("a".utf8))
        #expect(throws: LineSplitter.LineTooLong.self) { try splitter.next() }
    }
}
