import Conversations
import JSON
import Persistence
import ServiceRuntime
import Testing

@Suite("What a record says") struct RecordTests {
    private func reading(_ text: String) -> String {
        do throws(RecordFault) {
            return "written by \(try Record<Conversation>.read(Array(text.utf8)).writer)"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("", "it is no JSON object"), ("hello", "it is no JSON object"), ("[1]", "it is no JSON object"),
        ("null", "it is no JSON object"), (#"{"v":1,"#, "it is no JSON object"), ("{}", "it names no version"),
        (#"{"v":"1"}"#, "it names no version"), (#"{"v":1.5}"#, "it names no version"),
        (#"{"v":null}"#, "it names no version"),
        (#"{"v":2,"turns":"as they will be"}"#, "it is of version 2, where this program knows version 1"),
        (#"{"v":0}"#, "it is of version 0, where this program knows version 1"),
        (#"{"v":1,"turns":7}"#, "turns: expected a list of turns"),
        (
            #"{"v":1,"turns":[{"id":"1","question":"my secret","answer":["my secret"]}]}"#,
            "turns[0].answer: expected a string"
        ),
        (#"{"v":1}"#, "written by "), (#"{"v":1,"writer":"me","turns":[]}"#, "written by me"),
    ])
    func whatIsOneAndWhatIsNot(text: String, expected: String) {
        #expect(reading(text) == expected)
    }

    @Test func bytesThatAreNoText() {
        #expect(throws: RecordFault.self) { try Record<Conversation>.read([0xFF, 0xFE, 0]) }
    }

    @Test func whatIsWrittenIsRead() throws {
        let value = Ledger(["a", "\"b\"\n"], level: 7)
        let bytes = Record.bytes(value, name: "#größe", writer: "one-7")
        let (read, writer) = try Record<Ledger>.read(bytes)
        #expect(read == value)
        #expect(writer == "one-7")
        let fields = try #require(JSONValue.parse(bytes)?.object)
        #expect(fields["name"]?.string == "#größe")
        #expect(fields["v"] == .integer(1))
    }
}

@Suite("What leaves a conversation that is too large") struct ConversationShrinkingTests {
    private func conversation(_ turns: [(String, String)], summary: String? = nil) -> Conversation {
        var conversation = Conversation()
        let bounds = ConversationBounds(turns: 1000, bytes: 64 << 20)
        for (number, turn) in turns.enumerated() {
            let turn = Turn(
                id: "\(number)", time: Timestamp(milliseconds: 1), speaker: "a", question: turn.0, answer: turn.1)
            _ = conversation.apply(.add(turn, replacing: nil, epoch: 0, bounds: bounds))
        }
        if let summary { _ = conversation.apply(.summarize(.init(text: summary, through: "0"), epoch: 0)) }
        conversation.foldLog()
        return conversation
    }

    @Test func theOlderHalfOfTheTurnsLeavesFirst() {
        var conversation = conversation((0..<7).map { ("q\($0)", "a\($0)") })
        #expect(conversation.shrink() == true)
        #expect(conversation.turns.map(\.id) == ["3", "4", "5", "6"])
        #expect(conversation.departed == 6)
        #expect(conversation.shrink() == true)
        #expect(conversation.shrink() == true)
        #expect(conversation.turns.map(\.id) == ["6"])
        #expect(conversation.departed == 12)
        #expect(conversation.shrink() == true)
        #expect(conversation.shrink() == false)
    }

    @Test func whatIsInTheLogMakesNoRecordSmaller() {
        var conversation = conversation([("q", "a")])
        let turn = Turn(id: "1", time: Timestamp(milliseconds: 1), speaker: nil, question: "q", answer: "a")
        conversation.set([turn], nil)
        #expect(conversation.shrink() == false)
    }

    @Test func anEmptyOneHasNothingToLeaveOut() {
        var conversation = Conversation()
        #expect(conversation.shrink() == false)
        _ = conversation.apply(.choosePersona("concise"))
        #expect(conversation.shrink() == false)
    }

    @Test(arguments: [
        String(repeating: "x", count: 100_000), String(repeating: "ß", count: 50_000),
        String(repeating: "👩‍👩‍👧‍👦", count: 5000),
        // One character of ten thousand scalars, and one after it.
        "e" + String(repeating: "\u{301}", count: 10_000) + "x", String(repeating: "\n", count: 3),
    ])
    func itComesToAnEndWithAnyText(text: String) {
        for texts in [[(text, "a")], [("q", text)], [(text, text)]] {
            var conversation = conversation(texts, summary: text)
            var (steps, bytes) = (0, conversation.bytes)
            while conversation.shrink(), steps < 100 {
                steps += 1
                #expect(conversation.bytes < bytes)
                bytes = conversation.bytes
            }
            #expect(steps < 60)
            #expect(conversation.turns.isEmpty)
            #expect(conversation.bytes < 2000)
        }
    }
}
