import Conversations
import JSON
import Persistence
import ServiceRuntime
import Testing

@Suite("How conversations are written down") struct ConversationRecordTests {
    private func turn(_ id: String, speaker: String? = "alice") -> Turn {
        Turn(
            id: id, time: Timestamp(milliseconds: 1_700_000_000_000), speaker: speaker, question: "q \(id) \"größe\"",
            answer: "a\n\(id)")
    }

    private func written(_ conversation: Conversation) throws -> [String: JSONValue] {
        try #require(JSONValue.parse(JSONWriter.object { conversation.write(&$0) })?.object)
    }

    @Test func whatIsWrittenIsRead() throws {
        var conversation = Conversation()
        #expect(try Conversation(record: written(conversation)) == conversation)
        let bounds = ConversationBounds(turns: 2)
        _ = conversation.apply(.reset(1_700_000_000_001))
        for id in ["1", "2", "3"] {
            let turn = turn(id, speaker: id == "3" ? nil : "alice")
            _ = conversation.apply(.add(turn, replacing: nil, epoch: conversation.epoch, bounds: bounds))
        }
        _ = conversation.apply(.choosePersona("concise"))
        _ = conversation.apply(.chooseModel("ollama/llama3.2"))
        _ = conversation.apply(.keep(at: Timestamp(milliseconds: 1_700_000_000_002)))
        _ = conversation.apply(.summarize(.init(text: "one", through: "1"), epoch: conversation.epoch))
        #expect(conversation.departed == 2)
        // The turns are in its log.
        #expect(try Conversation(record: written(conversation)).turns.isEmpty)
        conversation.foldLog()
        #expect(try Conversation(record: written(conversation)) == conversation)
    }

    @Test(arguments: [
        (#"{"turns":{}}"#, "turns: expected a list of turns"),
        (#"{"turns":[{"question":"q"}]}"#, "turns[0].id: expected a turn's id"),
        (#"{"epoch":-1}"#, "epoch: expected a whole number from 0 on"),
        (#"{"summary":"secret"}"#, "summary: expected an object"),
    ])
    func whatIsNoConversationIsNotTakenForOne(text: String, fault: String) throws {
        let record = try #require(JSONValue.parse(Array(text.utf8))?.object)
        let error = #expect(throws: RecordFault.self) { try Conversation(record: record) }
        #expect(error?.description == fault)
    }

    @Test func unknownFieldsAreNothing() throws {
        let record = try #require(JSONValue.parse(Array(#"{"turns":[],"mood":"good"}"#.utf8))?.object)
        #expect(try Conversation(record: record) == Conversation())
    }
}
