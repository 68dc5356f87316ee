import Configuration
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
