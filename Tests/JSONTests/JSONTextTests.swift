import Testing

@testable import JSON

@Suite struct JSONTextTests {
    @Test(arguments: [
        "", "plain", "größe 😀", "\"", "\\", "a\"b\\c", "\n", "line\nline\r\n\tend", "\0\u{1}\u{B}\u{1F}\u{7F}",
        "\\u0041",
        "\\n is not a line break", String(repeating: "long \"text\"\n", count: 1000),
    ])
    func isTheTextAndItsEscapedForm(text: String) {
        let json = JSONText(text)
        #expect(json.text == text)
        #expect(json.byteCount == text.utf8.count)
        var (copied, escaped) = (JSONWriter(), JSONWriter())
        copied.string(json)
        escaped.string(text)
        #expect(copied.bytes == escaped.bytes)
        #expect(json.escapedByteCount == escaped.bytes.count - 2)
        #expect(JSONValue.parse(copied.bytes) == .string(text))
    }

    @Test func everyByteThatIsAskedToBeIsEscaped() {
        for code in 0..<0x80 {
            let text = "<" + String(UnicodeScalar(UInt8(code))) + ">"
            var writer = JSONWriter()
            writer.string(JSONText(text))
            #expect(JSONText(text).text == text)
            #expect(JSONValue.parse(writer.bytes) == .string(text))
        }
    }

    @Test func aStringMayComeInPieces() {
        let bytes = JSONWriter.object { writer in
            writer.field("a") { writer in
                writer.string { writer in
                    writer.piece("alice")
                    writer.piece(": ")
                    writer.piece(JSONText("\"hi\"\n"))
                }
            }
            writer.field("b", JSONText("\t"))
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":"alice: \"hi\"\n","b":"\t"}"#)
    }
}
