import JSON
import Testing

@testable import LanguageModels

@Suite("An answer by its schema")
struct JSONSchemaTests {
    private func fault(_ schema: String, _ answer: String) throws -> String? {
        JSONSchema(try #require(RawJSON(schema))).fault(in: try #require(RawJSON(answer)).value)
    }

    private static let followed: [(String, String)] = [
        ("{}", "[1]"), (#"{"type":"object"}"#, "{}"), (#"{"type":["string","null"]}"#, "null"),
        (#"{"type":"integer"}"#, "3.0"), (#"{"type":"integer"}"#, "12345678901234567890123"),
        (#"{"type":"number"}"#, "3"), (#"{"type":"string","nullable":true,"enum":["a"]}"#, "null"),
        (#"{"enum":["a",1.0,null,{"b":[1]}]}"#, "1"), (#"{"enum":["a",{"b":[1],"c":2}]}"#, #"{"c":2,"b":[1.0]}"#),
        (#"{"const":{"a":1}}"#, #"{"a":1}"#), (#"{"minimum":1,"maximum":2}"#, "2"),
        (#"{"minLength":2,"maxLength":2}"#, #""äö""#),
        (#"{"minItems":1,"maxItems":2,"items":{"type":"null"}}"#, "[null]"),
        (#"{"required":["a"],"properties":{"a":{"type":"null"}}}"#, #"{"a":null,"b":1}"#),
        (#"{"properties":{"a":{}},"additionalProperties":{"type":"string"}}"#, #"{"a":1,"b":"c"}"#),
        (#"{"patternProperties":{"^x":{}},"additionalProperties":false}"#, #"{"xy":1}"#),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "null"),
        (#"{"oneOf":[{"type":"number"},{"type":"integer"}]}"#, "1"),
        (##"{"$defs":{"n":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/n"}]}},"$ref":"#/$defs/n"}"##, "null"),
        (#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1]"#),
        // What is not known says nothing, and what makes no sense neither.
        (#"{"type":"color","pattern":"(a+)+$","format":"date","contains":{"const":9}}"#, #""x""#),
        (#"{"type":7,"enum":"a","required":"b","properties":[],"minimum":"9","items":3}"#, #"{"a":1}"#),
        (##"{"$ref":"https://example.org/x"}"##, "1"), (##"{"$ref":"#/nowhere"}"##, "1"),
        (##"{"$ref":"#"}"##, "1"), (##"{"allOf":[{"$ref":"#"},{"$ref":"#"}],"anyOf":[{"$ref":"#"}]}"##, "1"),
    ]

    @Test("that it follows", arguments: followed)
    func follows(schema: String, answer: String) throws { #expect(try fault(schema, answer) == nil) }

    private static let broken: [(String, String, String)] = [
        (#"{"type":"object"}"#, "[]", "expected an object, got an empty list"),
        (#"{"type":["string","null"]}"#, "5", "expected a string or null, got 5"),
        (#"{"type":"integer"}"#, "1.5", "expected an integer, got 1.5"),
        (
            #"{"properties":{"toxic":{"type":"boolean"}}}"#, #"{"toxic":"maybe"}"#,
            "toxic: expected a boolean, got a string"
        ),
        (#"{"enum":["good","bad",1]}"#, #""worse""#, #"expected one of "good", "bad", 1, got another string"#),
        (#"{"const":"a"}"#, #""b""#, #"expected "a", got another string"#),
        (#"{"required":["a","b"]}"#, #"{"a":1}"#, "b: expected a value, got nothing"),
        (
            #"{"properties":{"a":{},"b":{}},"additionalProperties":false}"#, #"{"a":1,"c":2}"#,
            "expected no fields but a, b"
        ),
        (#"{"additionalProperties":{"type":"string"}}"#, #"{"c":2}"#, "c: expected a string, got 2"),
        (
            #"{"properties":{"list":{"items":{"properties":{"at":{"type":"number"}}}}}}"#,
            #"{"list":[{"at":1},{"at":"x"}]}"#,
            "list[1].at: expected a number, got a string"
        ),
        (#"{"prefixItems":[{"type":"string"}],"items":false}"#, #"["a",1]"#, "[1]: expected nothing, got 1"),
        (#"{"minimum":1e1}"#, "9", "expected at least 10, got 9"),
        (#"{"maximum":1}"#, "1.5", "expected at most 1, got 1.5"),
        (#"{"exclusiveMinimum":1}"#, "1", "expected more than 1, got 1"),
        (#"{"exclusiveMaximum":1}"#, "1.0", "expected less than 1, got 1"),
        (#"{"minLength":1}"#, #""""#, "expected at least 1 characters, got 0"),
        (#"{"maxLength":2}"#, #""abc""#, "expected at most 2 characters, got 3"),
        (#"{"minItems":1}"#, "[]", "expected at least 1 items, got 0"),
        (#"{"maxItems":1}"#, "[1,2]", "expected at most 1 items, got 2"),
        (#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, "expected at most 1 fields, got 2"),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", "expected a string, got 1"),
        (#"{"allOf":[{"minimum":0},{"maximum":5}]}"#, "6", "expected at most 5, got 6"),
        (
            ##"{"$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}},"$ref":"#/$defs/node"}"##,
            #"{"next":{"next":7}}"#, "next.next: expected an object, got 7"
        ),
        (
            ##"{"definitions":{"a":{"type":"string"}},"items":{"$ref":"#/definitions/a"}}"##, "[1]",
            "[0]: expected a string, got 1"
        ),
    ]

    @Test("that it breaks", arguments: broken)
    func breaks(schema: String, answer: String, expected: String) throws {
        #expect(try fault(schema, answer) == expected)
    }

    @Test("takes no longer for one that goes round in circles, and no stack for one that is deep")
    func hostile() throws {
        let twice = ##"{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}"##
        let circles = ##"{"$defs":{"a":{"allOf":[\##(twice),\##(twice)]}},"$ref":"#/$defs/a"}"##
        #expect(try fault(circles, "1") == nil)
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(try fault(##"{"items":{"$ref":"#"},"type":"array"}"##, deep) == nil)
    }
}
