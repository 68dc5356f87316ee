import Testing

@testable import JSON

@Suite struct JSONReaderTests {
    static let good = [
        "[0,10,123456789012345678,12345678901234567890]", #"{"a":0,"b":-0,"c":[0.5,1e2]}"#, "[ 0 , 1\n]", "null",
        "true", "7", "-0.5e+3", #""x""#, "[]", "{}", " [1, [2, {\"a\": [3]}], null] ", "\u{FEFF}{\"a\":1}",
        #"{"a":"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00\ud800"}"#, #"{"a":1,"a":2,"":3}"#, "[\"é😀\"]", "\n[\r\n1\t]\n",
        String(repeating: "[", count: 512) + String(repeating: "]", count: 512),
    ]
    static let bad = [
        "[01]", "[00,1]", "[1.]", "[1e,2]", "[-]", #"{"a":012}"#, "[1x]", "[0x1]", "[1e999]", "", " ", "nul", "tru",
        "01", "-", "1.", ".5", "1e", "+1", "'x'", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\u12G4\"",
        "\"a\nb\"", "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}", "{a:1}", "{1:2}", "{\"a\" 1}", "{\"a\":\"\\q\"}", "{\"a\":[\"\t\"]}", "1 2", "[] []", "{}x",
        "1e999",
        "[\"\\\"]", "{\"a\":\"\\u00\"}", String(repeating: "[", count: 513) + String(repeating: "]", count: 513),
        String(repeating: "{\"a\":", count: 513) + "1" + String(repeating: "}", count: 513),
    ]

    /// Steps over everything, and opens everything, without taking anything out.
    private func walk(_ reader: inout JSONReader) throws(JSONError) {
        if reader.isObject {
            try reader.fields { _, reader throws(JSONError) in try walk(&reader) }
        } else if reader.isArray {
            try reader.items { reader throws(JSONError) in try walk(&reader) }
        } else {
            _ = try reader.string()
        }
    }

    private enum Way: CaseIterable { case skip, walk, value, string, fields, items }

    private func read(_ bytes: [UInt8], _ way: Way) throws(JSONError) {
        var reader = JSONReader(bytes)
        try reader.document { reader throws(JSONError) in
            switch way {
            case .skip: try reader.skip()
            case .walk: try walk(&reader)
            case .value: _ = try reader.value()
            case .string: _ = try reader.string()
            case .fields: try reader.fields { _, reader throws(JSONError) in try reader.skip() }
            case .items: try reader.items { reader throws(JSONError) in _ = try reader.value() }
            }
        }
    }

    private func check(_ text: String, _ isGood: Bool) {
        let bytes = Array(text.utf8)
        #expect((JSONValue.parse(bytes) != nil) == isGood)
        for way in Way.allCases {
            var isTaken = true
            do throws(JSONError) { try read(bytes, way) } catch { isTaken = false }
            #expect(isTaken == isGood, "\(way)")
        }
    }

    @Test("takes what JSONValue takes", arguments: good) func takes(text: String) { check(text, true) }

    @Test("refuses what JSONValue refuses", arguments: bad) func refuses(text: String) { check(text, false) }

    @Test("reads what is wanted and skips the rest")
    func fields() throws {
        let text = #"{"skip":{"a":["\"}",{"b":"]"}]},"text":"é\n","list":[1,"x",[2]],"n":7.5,"more":[[],{}]}"#
        var reader = JSONReader(Array(text.utf8))
        var found: [String] = []
        try reader.document { reader throws(JSONError) in
            try reader.fields { key, reader throws(JSONError) in
                switch key {
                case "text": found.append(try reader.string() ?? "none")
                case "list": try reader.items { reader throws(JSONError) in found.append(try reader.value().brief) }
                case "n": found.append(try reader.value().brief)
                default: try reader.skip()
                }
            }
        }
        #expect(found == ["é\n", "1", #""x""#, "a list", "7.5"])
    }

    @Test(
        "skips what is of another kind",
        arguments: [
            ("null", []), ("true", []), ("7", []), (#""x""#, ["x"]), ("[1]", ["1"]), (#"{"a":1}"#, ["a"]),
        ])
    func kinds(text: String, own: [String]) throws {
        var seen: [String] = []
        for want in [Way.string, .fields, .items] {
            var reader = JSONReader(Array("[\(text)]".utf8))
            try reader.document { reader throws(JSONError) in
                try reader.items { reader throws(JSONError) in
                    switch want {
                    case .string: if let text = try reader.string() { seen.append(text) }
                    case .fields:
                        try reader.fields { key, reader throws(JSONError) in
                            seen.append(key)
                            try reader.skip()
                        }
                    default: try reader.items { reader throws(JSONError) in seen.append(try reader.value().brief) }
                    }
                }
            }
        }
        #expect(seen == own)
    }

    @Test("refuses a string that is not UTF-8 where it is wanted")
    func encoding() {
        let bytes = Array("[\"".utf8) + [0xC3, 0x28] + Array("\"]".utf8)
        #expect(throws: JSONError.self) { try read(bytes, .walk) }
    }
}
