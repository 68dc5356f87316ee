import JSON
import Testing

@testable import LanguageModels

@Suite("Fields of a streamed answer that nobody here understands")
struct FieldPiecesTests {
    @Test(
        "are put together as they were written",
        arguments: [
            ([#""a\u00e9\ud83d""#, #""\ude00 b""#, "null"], #""a\u00e9\ud83d\ude00 b""#),
            ([#"{"z":1.50,"a":"x"}"#], #"{"z":1.50,"a":"x"}"#),
            (
                [#"{"google":{"thought_signature":"s"}}"#, #"{"google":{"more":1}}"#],
                #"{"google":{"thought_signature":"s","more":1}}"#
            ),
            (["1", "2"], "2"),
            // OpenRouter's `reasoning_details`: a signature may come alone, and after it another item of the same index.
            (
                [
                    #"[{"type":"reasoning.text","text":"Let ","format":"f","index":0}]"#,
                    #"[{"type":"reasoning.text","text":"me see","format":"f","index":0}]"#,
                    #"[{"type":"reasoning.text","signature":"sig","format":"f","index":0}]"#,
                    #"[{"type":"reasoning.encrypted","data":"A","id":"x","index":0}]"#,
                    #"[{"type":"reasoning.encrypted","data":"B","id":"y","index":0}]"#,
                    #"[{"type":"reasoning.encrypted","data":"C"},{"type":"reasoning.encrypted","data":"D"}]"#,
                ],
                #"[{"type":"reasoning.text","text":"Let me see","format":"f","index":0,"signature":"sig"},{"type":"reasoning.encrypted","data":"A","id":"x","index":0},{"type":"reasoning.encrypted","data":"B","id":"y","index":0},{"type":"reasoning.encrypted","data":"C"},{"type":"reasoning.encrypted","data":"D"}]"#
            ),
        ])
    func merged(pieces: [String], whole: String) {
        var fields = FieldPieces()
        for piece in pieces { fields.add("f", Array(piece.utf8)[...]) }
        #expect(fields.merged.map { "\($0.key) \($0.value.text)" } == ["f \(whole)"])
    }

    @Test("are none where they are too large, or more than anybody has")
    func bounded() {
        var fields = FieldPieces()
        for _ in 0..<5 { fields.add("f", Array(#""\#(String(repeating: "x", count: 1 << 16))""#.utf8)[...]) }
        #expect(fields.merged.isEmpty)
        fields = FieldPieces()
        for index in 0..<1000 { fields.add("\(index)", [0x31][...]) }
        #expect(fields.merged.count == 64)
    }

    @Test("are a text that says the same when it is read again, and never what a message says of itself")
    func text() throws {
        let origin = ProviderFields.Origin(provider: "p", model: "org/m:1")
        let written = #"{"z":1.50,"a":"\u00e9"}"#
        let details = try #require(RawJSON(written))
        let fields = try #require(
            ProviderFields([("role", RawJSON(.null)), ("reasoning_details", details)], from: origin))
        let again = try #require(ProviderFields(text: fields.text))
        #expect(again == fields)
        #expect(again.fields(for: origin).map { "\($0.key) \($0.value.text)" } == ["reasoning_details \(written)"])
        for other in [("p", "m"), ("q", "org/m:1")] {
            #expect(again.fields(for: .init(provider: other.0, model: other.1)).isEmpty)
        }
        #expect(ProviderFields([("content", RawJSON(.null))], from: origin) == nil)
    }

    @Test(
        "are not read from another text",
        arguments: ["", "x", "{}", "[1]", #"{"provider":"p","model":"m","fields":7}"#])
    func wrong(text: String) { #expect(ProviderFields(text: text) == nil) }
}
