import JSON
import Testing

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func fieldsOfEveryKind() {
        let bytes = JSONWriter.object { writer in
            writer.field("text", "a")
            writer.field("slice", String("abc".prefix(2)))
            writer.field("none", orNull: nil)
            writer.field("some", orNull: "b")
            writer.field("integer", -3)
            writer.field("number", 0.25)
            writer.field("whole", 2.0)
            writer.field("truth", false)
            writer.field("list") { list in
                list.array { items in
                    items.integer(1)
                    items.integer(2)
                }
            }
            writer.field("strings") { $0.strings(["a", "b"]) }
            writer.field("empty") { $0.strings([]) }
            writer.field("object") { $0.object { $0.field("a", 1) } }
            writer.field("last") { $0.object { _ in } }
        }
        let expected =
            #"{"text":"a","slice":"ab","none":null,"some":"b","integer":-3,"number":0.25,"whole":2,"truth":false,"#
            + #""list":[1,2],"strings":["a","b"],"empty":[],"object":{"a":1},"last":{}}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        ("", #""""#), ("\"\\/", #""\"\\/""#), ("\n\r\t", #""\n\r\t""#), ("\0\u{8}\u{1F}", #""\u0000\u0008\u001f""#),
        ("\u{7F}é😀\u{2028}", "\"\u{7F}é😀\u{2028}\""),
    ])
    func escapes(string: String, expected: String) {
        #expect(text { $0.string(string) } == expected)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1e300, "1e+300"), (0.1, "0.1"), (.nan, "null"), (.infinity, "null"), (-5, "-5"),
        ] as [(Double, String)])
    func numbers(value: Double, expected: String) {
        #expect(text { $0.number(value) } == expected)
    }

    @Test func keysOfAValueAreSorted() {
        let value = JSONValue.object(["b": .integer(1), "a": .integer(2), "c": .null])
        #expect(text { $0.value(value) } == #"{"a":2,"b":1,"c":null}"#)
    }

    private static let corpus: [JSONValue] = {
        let leaves: [JSONValue] =
            [.null, .bool(true), .bool(false), .string(""), .string("\u{FFFD}\"\\\n\u{1}😀e\u{301}")]
            + [0, 1, -1, .max, .min].map(JSONValue.integer)
            + [0.1, -2.5e-300, 1.7976931348623157e308, 2.2250738585072014e-308, 1e19].map(JSONValue.number)
        let all = String(String.UnicodeScalarView((0...0x24F).compactMap(Unicode.Scalar.init)))
        let nested = (0..<500).reduce(JSONValue.string(all)) { $1.isMultiple(of: 2) ? .array([$0]) : .object(["": $0]) }
        return leaves + [.array([]), .object([:]), .array(leaves), .object(["a": .array(leaves), all: .null]), nested]
    }()

    @Test(arguments: corpus)
    func whatIsWrittenIsReadBack(value: JSONValue) throws {
        var writer = JSONWriter()
        writer.value(value)
        #expect(try JSONValue(parsing: writer.bytes) == value)
    }
}
