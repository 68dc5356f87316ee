import FoundationEssentials
import JSON
import Testing

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), (" false\r\n", .bool(false)),
            ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)), ("3.0", .integer(3)),
            ("1e3", .integer(1000)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            ("0.5", .number(0.5)), ("-1.5E-3", .number(-0.0015)), ("1e-400", .integer(0)),
            (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\té""#, .string("a\"\\/\u{8}\u{C}\n\r\té")),
            (#""\u00e9\u0000\ud83d\ude00""#, .string("é\0😀")),
            ("[]", .array([])), ("[ 1 , [ ] ]", .array([.integer(1), .array([])])),
            ("{}", .object([:])), (#"{ "a" : { "b" : null } }"#, .object(["a": .object(["b": .null])])),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
        #expect(JSONValue.parse(Data(text.utf8)) == value)
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end"),
        ("{\n  \"é\": tru\n}", "line 2, column 8: expected a value, found \"t\""),
        (#"{"a":1,}"#, "line 1, column 8: expected a key in quotes, found \"}\""),
        ("[1,]", "line 1, column 4: expected a value, found \"]\""),
        ("[1 2]", "line 1, column 4: expected \",\" or \"]\", found \"2\""),
        (#"{"a" 1}"#, "line 1, column 6: expected \":\", found \"1\""),
        (#"{"a":1 "b":2}"#, "line 1, column 8: expected \",\" or \"}\", found a string"),
        ("{} {}", "line 1, column 4: expected the end, found \"{\""),
        ("// c\n1", "line 1, column 1: expected a value, found \"/\""),
        ("01", "line 1, column 2: a number begins with 0"),
        ("-", "line 1, column 2: expected a digit, found the end"),
        ("1.", "line 1, column 3: expected a digit, found the end"),
        ("1e+", "line 1, column 4: expected a digit, found the end"),
        ("+1", "line 1, column 1: expected a value, found \"+\""),
        ("NaN", "line 1, column 1: expected a value, found \"N\""),
        ("1e999", "line 1, column 1: a number is out of range"),
        ("\"abc", "line 1, column 5: expected the end of a string, found the end"),
        ("\"a\nb\"", "line 1, column 3: expected a control character in a string to be escaped"),
        (#""\x""#, "line 1, column 2: no such escape in a string"),
        (#""\u00g0""#, "line 1, column 2: no such escape in a string"),
        (#""\u12"#, "line 1, column 2: no such escape in a string"),
        ("1\0", "line 1, column 2: expected the end, found the byte 0x0"),
    ])
    func refuses(text: String, fault: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
        do throws(JSONError) { _ = try JSONValue(parsing: Array(text.utf8)) } catch {
            #expect(error.description == fault)
        }
        #expect(JSONValue.parse(Data(text.utf8)) == nil)
    }

    @Test func everyPrefixOfATextIsRefused() {
        let text = Array(#"{"a":[1.5e1,"\u00e9\n",{"b":[true,null]}]}"#.utf8)
        #expect(JSONValue.parse(text) != nil)
        for end in text.indices { #expect(JSONValue.parse(Array(text[..<end])) == nil) }
    }

    @Test func halfASurrogatePairBecomesTheReplacementCharacter() {
        let texts = [#""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\ud83d\ude00""#]
        let values = texts.map { JSONValue.parse(Array($0.utf8))?.string }
        #expect(values == ["\u{FFFD}", "\u{FFFD}", "\u{FFFD}x", "\u{FFFD}\n", "\u{FFFD}😀"])
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func badUTF8IsRefused(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(JSONValue.parse([quote] + bytes + [quote]) == nil)
        #expect(JSONValue.parse(Array(#"{"\n"#.utf8) + bytes + Array(#"":1}"#.utf8)) == nil)
        #expect(JSONValue.parse(bytes) == nil)
    }

    @Test func otherEncodingsAreRefused() {
        let wide = Array(#"{"a":1}"#.utf16)
        #expect(JSONValue.parse(wide.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == nil)
        #expect(JSONValue.parse(wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == nil)
        #expect(JSONValue.parse([0xEF, 0xBB, 0xBF] + Array("[]".utf8)) == .array([]))
    }

    @Test func ofEqualKeysTheLastCounts() {
        #expect(JSONValue.parse(Array(#"{"a":1,"a":2}"#.utf8)) == .object(["a": .integer(2)]))
    }

    @Test(arguments: [("[", "]", "1"), (#"{"a":"#, "}", "1"), ("[", "", ""), (#"[{"a":"#, "", "")])
    func hostileNestingIsRefusedAtOnce(open: String, close: String, core: String) {
        for depth in [513, 10_000, 1_000_000] {
            let text = String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
            #expect(JSONValue.parse(Array(text.utf8)) == nil)
        }
    }

    @Test func deepNestingIsReadQuickly() throws {
        let text = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        let time = ContinuousClock().measure { #expect(JSONValue.parse(Array(text.utf8)) != nil) }
        // The decoder of the toolchain takes a second.
        #expect(time < .milliseconds(200))
    }

    @Test(
        arguments: [
            (.null, "null"), (.bool(true), "true"), (.integer(-1), "-1"), (.number(0.5), "0.5"),
            (.string("a\"b"), #""a\"b""#),
            (.string(""), "an empty string"), (.string(" \n"), "a blank string"), (.array([]), "an empty list"),
            (.array([.null]), "a list"), (.object([:]), "an object"),
            (.string(String(repeating: "ä", count: 41)), "\"" + String(repeating: "ä", count: 40) + "…\""),
        ] as [(JSONValue, String)])
    func brief(value: JSONValue, text: String) { #expect(value.brief == text) }

    @Test func kindShowsNothingOfTheValue() {
        let values: [JSONValue] = [
            .null, .bool(true), .integer(1), .number(0.5), .string("s3cret"), .array([.string("s3cret")]), .object([:]),
        ]
        let kinds = ["null", "a truth value", "a number", "a number", "a string", "a list", "an object"]
        #expect(values.map(\.kind) == kinds)
    }
}
