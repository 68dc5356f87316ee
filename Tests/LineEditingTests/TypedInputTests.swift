import Testing

@testable import LineEditing

@Suite("What is typed and pasted")
struct TypedInputTests {
    /// All that chunks come to; characters in a row as one text.
    private func events(_ chunks: [String]) -> [TypedInput.Event] {
        var input = TypedInput()
        var events: [TypedInput.Event] = []
        for chunk in chunks {
            input.add(Array(chunk.utf8))
            while let event = input.next() { events.append(event) }
        }
        return events
    }

    private func characters(_ text: String) -> [TypedInput.Event] { text.unicodeScalars.map { .character($0) } }

    @Test(
        "keys are passed on as they come", arguments: ["a", "h\u{F6}", "\u{1F600}", "\u{1B}[A", "\u{1B}[2~", "\u{3}"])
    func keys(text: String) { #expect(events([text]) == characters(text)) }

    @Test("a line that is sent is one, and so is a command with another after it")
    func lines() {
        #expect(events(["hello\n"]) == characters("hello\n"))
        #expect(events(["/stop\n/quit\n"]) == characters("/stop\n/quit\n"))
        #expect(events(["\t"]) == [.tabulator])
    }

    @Test("a bracketed paste is one block, wherever it is cut")
    func paste() {
        let text = "\u{1B}[200~one\r\ntwo\u{7}\n\tthree\n\u{1B}[201~\r"
        let expected: [TypedInput.Event] = [.block("one\ntwo\n    three"), .character("\r")]
        #expect(events([text]) == expected)
        for place in 3..<text.utf8.count {
            let (first, second) = (text.utf8.prefix(place), text.utf8.dropFirst(place))
            let cut = [String(decoding: first, as: UTF8.self), String(decoding: second, as: UTF8.self)]
            #expect(events(cut) == expected, "cut at \(place)")
        }
    }

    @Test("several lines at once are one block too, and are sent if they end with a line break")
    func block() {
        #expect(events(["one\ntwo\n"]) == [.block("one\ntwo"), .character("\n")])
        #expect(events(["one\rtwo"]) == [.block("one\ntwo")])
    }

    @Test("what is no UTF-8 becomes a replacement, and what follows is read")
    func notUTF8() {
        var input = TypedInput()
        input.add([0xFF, 0x61, 0x62, 0x63])
        #expect(input.next() == .character("\u{FFFD}"))
        #expect(input.next() == .character("a"))
    }

    @Test("a block has a bound")
    func bound() {
        let all = events(["\u{1B}[200~" + String(repeating: "x", count: 100_000) + "\u{1B}[201~"])
        #expect(
            all == [
                .block(
                    String(repeating: "x", count: TypedInput.maxBlockBytes), omitted: 100_000 - TypedInput.maxBlockBytes
                )
            ])
    }
}
