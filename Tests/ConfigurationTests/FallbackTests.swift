import Configuration
import LanguageModels
import Testing

/// Who stands in for whom.
@Suite struct FallbackTests {
    private static let both = #""providers": {"ollama": {}, "openai": {}}, "default_provider": "ollama""#

    @Test func theGlobalOneIsForAll() throws {
        let list = #"["openai", "ollama/llama3.2", "openai/gpt-4"]"#
        let (configuration, warnings) = try load("{\"fallback\": \(list), \(Self.both)}")
        #expect(warnings == [])
        #expect(configuration.fallback == ["openai", "ollama/llama3.2", "openai/gpt-4"])
        #expect(configuration.providers["openai"]?.policy.fallback == nil)
        #expect(try load("{}").configuration.fallback == [])
    }

    @Test(
        arguments: [
            ("null", nil), ("[]", []), (#"["scripted"]"#, ["scripted"]), (#""scripted""#, ["scripted"]),
            (#"["openai/a/b", "openai/c"]"#, ["openai/a/b", "openai/c"]), (#"["${NAME}"]"#, ["openai"]),
        ] as [(String, [String]?)])
    func anOwnOneReplacesIt(list: String, expected: [String]?) throws {
        let file = """
            {"fallback": ["openai", "scripted"], "default_provider": "ollama",
             "providers": {"ollama": {"fallback": \(list)}, "openai": {}, "scripted": {}}}
            """
        let (configuration, _) = try load(file, environment: ["NAME": "openai"])
        #expect(configuration.providers["ollama"]?.policy.fallback == expected)
    }

    @Test func aProviderOfTheEnvironmentIsConfiguredToo() throws {
        let file = #"{"fallback": ["openai", "scripted"]}"#
        #expect(
            try load(file, environment: ["OPENAI_API_KEY": "k"]).configuration.fallback == ["openai", "scripted"])
        #expect(try faults(file) == [#"fallback[0]: unknown provider "openai""#])
    }

    /// What is wrong with a provider is told once, not again where it is named.
    @Test func aFoulProviderIsKnown() throws {
        let file = #"{"fallback": ["groq"], "providers": {"ollama": {}, "groq": {"type": "x"}}}"#
        #expect(try faults(file).count == 1)
    }

    @Test(arguments: [
        (#""fallback": 5"#, "fallback: expected a list of strings, got 5"),
        (#""fallback": ["openai", 5]"#, "fallback[1]: expected a string, got 5"),
        (#""fallback": [""]"#, "fallback[0]: expected NAME or NAME/MODEL of a provider, got an empty string"),
        (#""fallback": "openai/""#, #"fallback: expected NAME or NAME/MODEL of a provider, got "openai/""#),
        (
            #""fallback": ["opnai/gpt-4"]"#,
            #"fallback[0]: unknown provider "opnai/gpt-4" (did you mean "openai"?)"#
        ),
        (#""fallback": ["groq"]"#, #"fallback[0]: unknown provider "groq""#),
        (#""fallback": ["openai", "openai"]"#, #"fallback[1]: "openai" is in the list already"#),
    ])
    func wrong(fields: String, fault: String) throws { #expect(try faults("{\(fields), \(Self.both)}") == [fault]) }

    @Test func allOfAProvidersAtOnce() throws {
        let file = #"{"fallback": ["y"], "providers": {"ollama": {"fallback": ["ollama", "ollama/x", "olama", "z"]}}}"#
        #expect(
            try faults(file) == [
                #"fallback[0]: unknown provider "y""#,
                "providers.ollama.fallback[0]: a provider does not stand in for itself",
                "providers.ollama.fallback[1]: a provider does not stand in for itself",
                #"providers.ollama.fallback[2]: unknown provider "olama""#,
                #"providers.ollama.fallback[3]: unknown provider "z""#,
            ])
    }
}
