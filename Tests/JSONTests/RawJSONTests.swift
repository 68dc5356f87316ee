import Testing

@testable import JSON

@Suite("A value as it was written")
struct RawJSONTests {
    @Test(
        "keeps the order of its keys and its numbers, and no white space",
        arguments: [
            (#"{"z": 1.0, "a": 1e3, "m": 12345678901234567890123, "-": -0}"#, nil),
            (" [1 ,\t2.50,\r\n 1E+2 ]\n", "[1,2.50,1E+2]"), ("\u{FEFF}{}", "{}"), ("\"a b\"", "\"a b\""),
            (#"{ "a \" b" : "c \\" , "d" : "\u0041\/" }"#, #"{"a \" b":"c \\","d":"\u0041\/"}"#),
            (" null ", "null"),
        ] as [(String, String?)])
    func compact(text: String, expected: String?) {
        let expected = expected ?? text.filter { $0 != " " }
        #expect(RawJSON(text)?.text == expected)
        #expect(RawJSON(text)?.value == JSONValue.parse(Array(text.utf8)))
    }

    @Test("is none where the text is none", arguments: ["", "{", "{} {}", "{\"a\":1,}", "01", "\"\u{1}\""])
    func wrong(text: String) { #expect(RawJSON(text) == nil) }

    @Test("is told apart by the order of its keys")
    func order() {
        #expect(RawJSON(#"{"a":1,"b":2}"#) != RawJSON(#"{"b":2,"a":1}"#))
        #expect(RawJSON(#"{"a":1,"b":2}"#) == RawJSON(#"{ "a": 1, "b": 2 }"#))
    }

    @Test("has parts, as they were written too")
    func parts() throws {
        let json = try #require(RawJSON(#"{"b": [1.0, {"y": 1e2, "x": 2}], "a": {}, "b\u0041": "t", "a": [3]}"#))
        #expect(json.fields.map(\.key) == ["b", "a", "bA", "a"])
        #expect(json["b"]?.items.map(\.text) == ["1.0", #"{"y":1e2,"x":2}"#])
        // Of two equal keys the last counts, as in JSONValue.
        #expect(json["a"]?.text == "[3]" && json.value.object?["a"] == .array([.integer(3)]))
        #expect(json["bA"]?.text == #""t""#)
        #expect(json["c"] == nil && json["a"]?["x"] == nil && json.items.isEmpty && json["b"]?.fields.isEmpty == true)
    }

    @Test("stands in what is written as it stands")
    func written() throws {
        let json = try #require(RawJSON(#"{"b": 1.0, "a": 2}"#))
        let bytes = JSONWriter.object { writer in
            writer.field("first", ifSet: json)
            writer.field("none", ifSet: nil as RawJSON?)
            writer.field("list") { list in
                list.array { list in
                    list.value(json)
                    list.integer(1)
                }
            }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"first":{"b":1.0,"a":2},"list":[{"b":1.0,"a":2},1]}"#)
    }

    @Test("is found in the object it is a field of")
    func source() throws {
        let object = try #require(JSONObject(Array(#"{"x": {"b": 1.0, "a": 2}, "none": null}"#.utf8)))
        var reader = FieldReader(object)
        #expect(reader.source("x")?.text == #"{"b":1.0,"a":2}"#)
        #expect(reader.source("none") == nil && reader.source("y") == nil)
        var parts = FieldReader(["x": .object(["b": .integer(1)])])
        #expect(parts.source("x")?.text == #"{"b":1}"#)
        #expect(JSONObject(Array("[]".utf8)) == nil)
    }
}
