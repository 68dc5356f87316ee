import Testing

@testable import LanguageModels

@Suite("Server-sent events")
struct ServerSentEventParserTests {
    static let streams: [(String, [String])] = [
        ("", []), ("data: a\n\n", ["|a"]), ("data:a\n\ndata:  b\n\n", ["|a", "| b"]), ("data: a\n", ["|a"]),
        ("data: a", ["|a"]), ("data\n\n", ["|"]), ("data:\ndata\ndata: \n\n", ["|\n\n"]),
        ("data: a\ndata: b\n\n", ["|a\nb"]), ("\u{FEFF}data: a\r\n\r\n", ["|a"]),
        ("data: a\r\rdata: b\r\r", ["|a", "|b"]),
        ("data: a\r\n\ndata: b\n\r\n", ["|a", "|b"]), (": c\ndata: a\n:\n\n", ["|a"]),
        ("event: x\ndata: a\n\n", ["x|a"]),
        ("data: a\nevent: error\n\ndata: b\n\n", ["error|a", "|b"]), ("event: x\n\ndata: a\n\n", ["|a"]),
        ("id: 1\nretry: 2\nDATA: n\ndatax: n\n data: n\neventx: n\ndata: a\n\n", ["|a"]),
        ("\n\n\ndata: é😀\n\n", ["|é😀"]), ("data: \u{FEFF}a\n\n", ["|\u{FEFF}a"]),
        // What the standard does not have.
        ("error: {a\nd}\ne\n\ndata: c", ["error|{a\nd}\ne", "|c"]),
        ("error: {a\nb}\n\ndata: c", ["error|{a\nb}", "|c"]), ("data: a\nerror:b\ndata: c", ["|a", "error|b", "|c"]),
        ("error\n\nerrors: n\n\n", ["error|"]), ("data: a\n{b\n c\nevents: d\n}\n\n", ["|a", "|{b\n c\nevents: d\n}"]),
        ("event: x\n[a\ndata: b\n\n[c]", ["|[a", "|b", "|[c]"]),
    ]

    private func events(_ pieces: [[UInt8]], maxBytes: Int = 100) throws(LineSplitter.LineTooLong) -> [String] {
        var parser = ServerSentEventParser(maxBytes: maxBytes)
        var events: [ServerSentEventParser.Event] = []
        for piece in pieces {
            parser.feed(piece)
            while let event = try parser.next() { events.append(event) }
        }
        while let event = try parser.finish() { events.append(event) }
        return events.map { $0.name + "|" + String(decoding: $0.data, as: UTF8.self) }
    }

    @Test("are the same however the bytes are cut", arguments: streams)
    func splits(stream: String, expected: [String]) throws {
        let bytes = Array(stream.utf8)
        #expect(try events([bytes]) == expected)
        #expect(try events(bytes.map { [$0] }) == expected)
        for cut in 0...bytes.count {
            #expect(try events([Array(bytes[..<cut]), [], Array(bytes[cut...])]) == expected)
        }
    }

    @Test(
        "are bounded",
        arguments: ["data: 12345", ": 12345678", "data: 1\ndata: 2\ndata: 3\ndata: 4\ndata: 5\ndata: 6\n"])
    func bounded(stream: String) {
        #expect(throws: LineSplitter.LineTooLong.self) { try events([Array(stream.utf8)], maxBytes: 9) }
        #expect(throws: LineSplitter.LineTooLong.self) { try events(stream.utf8.map { [$0] }, maxBytes: 9) }
    }
}
