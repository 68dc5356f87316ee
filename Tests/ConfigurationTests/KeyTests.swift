import Configuration
import JSON
import LanguageModels
import ServiceRuntime
import Testing

/// The keys of one provider, and in what order they are there.
@Suite struct KeyTests {
    private func keys(_ fields: String, environment: [String: String] = [:]) throws -> [String] {
        let file = #"{"default_provider": "openai", "providers": {"openai": {\#(fields)}}}"#
        return try load(file, environment: environment).configuration.providers["openai"]?.apiKeys.map(\.revealed) ?? []
    }

    private func faults(_ fields: String, environment: [String: String] = [:]) throws -> [String] {
        let file = #"{"default_provider": "openai", "providers": {"openai": {\#(fields)}}}"#
        return try ConfigurationTests.faults(file, environment: environment)
    }

    @Test(arguments: [
        ("", []), (#""api_key": "a""#, ["a"]), (#""api_keys": ["b", "c"]"#, ["b", "c"]), (#""api_keys": "b""#, ["b"]),
        (#""api_key": "a", "api_keys": ["b", "a", "b", " c "]"#, ["a", "b", "c"]),
        (#""api_keys": ["${A}", "", "${NONE}", "x"]"#, ["1", "x"]), (#""api_keys": null"#, []),
    ])
    func order(fields: String, expected: [String]) throws {
        #expect(try keys(fields, environment: ["A": "1", "NONE": ""]) == expected)
    }

    @Test(arguments: [
        ("", ["env"]), (#""api_key": "a", "api_keys": ["b"]"#, ["env", "b"]), (#""api_keys": ["b"]"#, ["env", "b"]),
        (#""api_key": "a", "api_keys": ["b", "a"]"#, ["env", "b", "a"]), (#""api_keys": ["b", "env"]"#, ["env", "b"]),
    ])
    func theEnvironmentsKeyIsInThePlaceOfTheFilesOwn(fields: String, expected: [String]) throws {
        #expect(try keys(fields, environment: ["OPENAI_API_KEY": "env"]) == expected)
    }

    @Test func theOneOfAFileComesFirstToo() throws {
        try withFile("own\n") { path throws in
            #expect(try keys(#""api_keys": ["b"], "api_key_file": "\#(path)""#) == ["own", "b"])
        }
    }

    @Test(arguments: [
        (#""api_keys": 5"#, "providers.openai.api_keys: expected a list of keys, got a number"),
        (#""api_keys": ["a", 5]"#, "providers.openai.api_keys[1]: expected a string, got a number"),
        (
            #""api_keys": ["a b"]"#,
            "providers.openai.api_keys[0]: expected a key without spaces and line breaks, got another text"
        ),
        (#""api_keys": ["a", "${X}"]"#, "providers.openai.api_keys[1]: the environment has no X"),
    ])
    func wrong(fields: String, fault: String) throws { #expect(try faults(fields) == [fault]) }

    /// What cannot be seen gets into a key where it is copied from a page or saved by an editor.
    @Test(
        "A key that no header can have is a fault, with its place and without the key",
        arguments: [
            ("\u{FEFF}sk-hunter2", "one that begins with U+FEFF"), ("sk-\u{200B}hunter2", "one with U+200B in it"),
            ("sk-hunter2\u{200B}", "one with U+200B in it"), ("sk-hunter2\u{7}", "one with U+0007 in it"),
            ("\u{0}sk-hunter2", "one that begins with U+0000"), ("sk-hünter2", "one with U+00FC in it"),
            ("sk-hunter2😀", "one with U+1F600 in it"), ("sk-\u{2060}\u{AD}hunter2", "one with U+2060 in it"),
            ("\u{201C}sk-hunter2\u{201D}", "one that begins with U+201C"), ("\u{7F}", "one that begins with U+007F"),
        ])
    func unseen(key: String, got: String) throws {
        let told = "expected a key of visible ASCII characters, got \(got), which no header can have"
        let json = String(
            decoding: JSONWriter.object { $0.field("api_key", key) }.dropFirst().dropLast(), as: UTF8.self)
        #expect(try faults(json) == ["providers.openai.api_key: \(told)"])
        let list = String(
            decoding: JSONWriter.object { $0.field("api_keys") { $0.strings(["a", key]) } }, as: UTF8.self)
        #expect(try faults(String(list.dropFirst().dropLast())) == ["providers.openai.api_keys[1]: \(told)"])
        let origin = " (from the environment's KEY)"
        #expect(
            try faults(#""api_key": "${KEY}", "api_keys": ["$${KEY}", "a${KEY}"]"#, environment: ["KEY": key]).first
                == "providers.openai.api_key: \(told)\(origin)")
        #expect(
            try faults(#""api_keys": ["${NONE}${KEY}"]"#, environment: ["KEY": key, "NONE": ""])
                == ["providers.openai.api_keys[0]: \(told) (from the environment's NONE, KEY)"])
        #expect(try faults("", environment: ["OPENAI_API_KEY": key]) == ["OPENAI_API_KEY: \(told)"])
        try withFile(key + "\n") { path throws in
            #expect(
                try faults(#""api_key_file": "\#(path)""#)
                    == ["providers.openai.api_key_file: \(told) (in \(path))"])
        }
        try withFile("good\n\n\(key)\nbad key\n") { path throws in
            let file = #"{"gateway": {"api_keys_file": "\#(path)"}}"#
            #expect(
                try ConfigurationTests.faults(file) == [
                    "gateway.api_keys_file: \(told) (in line 3 of \(path))",
                    "gateway.api_keys_file: expected a key without spaces and line breaks, got another text (in line 4 of \(path))",
                ])
        }
    }

    @Test func bound() throws {
        let list = (1...64).map { "\"k\($0)\"" }.joined(separator: ", ")
        #expect(try keys(#""api_keys": [\#(list)]"#).count == 64)
        #expect(try keys(#""api_key": "k7", "api_keys": [\#(list)]"#).first == "k7")
        #expect(
            try faults(#""api_key": "k", "api_keys": [\#(list)]"#)
                == ["providers.openai.api_keys: expected at most 64 keys in all, got 65"])
        #expect(
            try faults(#""api_keys": [\#(list)]"#, environment: ["OPENAI_API_KEY": "k"])
                == ["OPENAI_API_KEY: expected at most 64 keys with those of api_keys, got 65"])
    }
}
