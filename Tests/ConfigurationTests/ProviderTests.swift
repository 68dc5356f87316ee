import Configuration
import HTTPTransport
import JSON
import LanguageModels
import Testing

/// The settings of one provider that are more than a number.
@Suite struct ProviderTests {
    private func provider(_ fields: String, type: String = "ollama") throws -> ProviderSettings? {
        try load(#"{"providers": {"\#(type)": {\#(fields)}}}"#, environment: ["WHO": "x"])
            .configuration.providers[type]
    }

    @Test(arguments: [
        ("", 60), (#""timeout": 7"#, 7), (#""first_token_timeout": 8"#, 8),
        (#""timeout": 7, "first_token_timeout": 8"#, 8), (#""timeout": 7, "first_token_timeout": null"#, 7),
    ])
    func theOldNameOfTheTimeout(fields: String, seconds: Int) throws {
        #expect(try provider(fields)?.timeouts.firstByte == .seconds(seconds))
    }

    @Test(
        arguments: [
            ("null", nil), (#""""#, nil), (#""5m""#, .string("5m")), (#""-1m""#, .string("-1m")),
            (#""0""#, .string("0")),
            (#""1.5h20ms""#, .string("1.5h20ms")), ("-1", .integer(-1)), ("0", .integer(0)), ("0.5", .number(0.5)),
        ] as [(String, JSONValue?)])
    func keepAlive(text: String, value: JSONValue?) throws {
        #expect(try provider(#""keep_alive": \#(text)"#)?.keepAlive == value)
    }

    @Test(arguments: [
        (#""5""#, #""5""#), (#""5 m""#, #""5 m""#), (#""for ever""#, #""for ever""#), (#""m""#, #""m""#),
        (#""-""#, #""-""#), (#""5d""#, #""5d""#), ("-2", "-2"), ("1e30", "1e+30"), ("true", "true"), ("[5]", "a list"),
    ])
    func noKeepAlive(text: String, shown: String) throws {
        #expect(
            try faults(#"{"providers": {"ollama": {"keep_alive": \#(text)}}}"#) == [
                "providers.ollama.keep_alive: expected a duration such as \"5m\", or seconds, -1 for ever, got \(shown)"
            ])
    }

    @Test(
        arguments: [
            ("null", nil), ("true", .bool(true)), ("false", .bool(false)), (#""low""#, .string("low")),
            (#""medium""#, .string("medium")), (#""high""#, .string("high")),
        ] as [(String, JSONValue?)])
    func think(text: String, value: JSONValue?) throws {
        #expect(try provider(#""think": \#(text)"#)?.think == value)
    }

    @Test func theEnvironmentInWhatIsPassedOn() throws {
        let fields = #""provider": {"order": ["${WHO}", {"z": "<${WHO}>", "a": 1e3}], "max": 1.0, "none": null}"#
        #expect(
            try provider(fields, type: "openrouter")?.preferences
                == RawJSON(#"{"order":["x",{"z":"<x>","a":1e3}],"max":1.0,"none":null}"#))
    }

    static let wrong: [(String, String)] = [
        (
            #"{"providers": {"ollama": {"think": "hihg"}}}"#,
            #"providers.ollama.think: expected true, false, low, medium or high, got "hihg" (did you mean "high"?)"#
        ),
        (
            #"{"providers": {"ollama": {"think": 1}}}"#,
            "providers.ollama.think: expected true, false, low, medium or high, got 1"
        ),
        (
            #"{"providers": {"ollama": {"num_ctx": 10000001}}}"#,
            "providers.ollama.num_ctx: expected a whole number from 1 to 10000000, got 10000001"
        ),
        (
            #"{"providers": {"ollama": {"max_concurrent": 0}}}"#,
            "providers.ollama.max_concurrent: expected a whole number, 1 or more, got 0"
        ),
        (
            #"{"providers": {"ollama": {"first_token_timeout": 0}}}"#,
            "providers.ollama.first_token_timeout: expected a number above 0, got 0"
        ),
        (
            #"{"providers": {"ollama": {"timeout": "soon", "first_token_timeout": 5}}}"#,
            #"providers.ollama.timeout: expected a number above 0, got "soon""#
        ),
        (
            #"{"providers": {"ollama": {"total_timeout": 86401}}}"#,
            "providers.ollama.total_timeout: expected at most 86400 seconds (a day), got 86401"
        ),
        (
            #"{"providers": {"openrouter": {"models": ["a", " "]}}}"#,
            "providers.openrouter.models[1]: expected a non-empty string, got a blank string"
        ),
        (
            #"{"providers": {"openrouter": {"provider": ["x"]}}}"#,
            "providers.openrouter.provider: expected an object, got a list"
        ),
        (
            #"{"providers": {"openrouter": {"provider": {"order": ["${NO_SUCH}"]}}}}"#,
            "providers.openrouter.provider.order[0]: the environment has no NO_SUCH"
        ),
    ]

    @Test(arguments: wrong)
    func oneFaultOneLine(text: String, fault: String) throws { #expect(try faults(text) == [fault]) }

    @Test(arguments: [
        ("ollama", "models"), ("ollama", "provider"), ("openai", "num_ctx"), ("openai", "keep_alive"),
        ("openrouter", "think"), ("scripted", "api_keys"), ("scripted", "base_url"), ("openai", "provider"),
    ])
    func theKeysOfAnotherType(type: String, key: String) throws {
        #expect(
            try load(#"{"providers": {"\#(type)": {"\#(key)": 5}}}"#).warnings
                == ["providers.\(type).\(key): not used by a provider of the type \(type), ignored"])
    }
}
