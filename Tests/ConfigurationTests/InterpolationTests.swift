import Configuration
import Conversations
import LLMService
import LanguageModels
import NATSClient
import Testing

@Suite struct InterpolationTests {
    private static let environment = ["A": "one", "B_2": "two", "EMPTY": "", "MONEY": "${A}"]

    @Test(arguments: [
        ("${A}", "one"), ("<${A}${B_2}>", "<onetwo>"), ("x${EMPTY}y", "xy"), ("${MONEY}", "${A}"),
        ("$${A}", "${A}"), ("$A ${} ${a b} $ ${", "$A ${} ${a b} $ ${"), ("5$ und ${A}", "5$ und one"),
    ])
    func everyStringTakesTheEnvironment(text: String, expected: String) throws {
        let file = #"{"personas": {"p": "\#(text)", "q": {"prompt": "\#(text)", "model": "\#(text)"}}}"#
        let personas = try load(file, environment: Self.environment).configuration.service.personas
        #expect(personas["p"]?.prompt == expected)
        #expect(personas["q"] == Persona(name: "q", prompt: expected, model: expected))
    }

    @Test func inListsToo() throws {
        let file = #"{"nats": {"servers": ["${A}", "${B_2}:5"]}}"#
        #expect(
            try load(file, environment: Self.environment).configuration.nats.servers == ["nats://one", "nats://two:5"])
        #expect(
            try faults(file) == [
                "nats.servers[0]: the environment has no A", "nats.servers[1]: the environment has no B_2",
            ])
    }

    @Test func anEmptyVariableIsLikeAnEmptyString() throws {
        let file = #"{"default_provider": "openai", "providers": {"openai": {"api_key": "${EMPTY}"}}}"#
        #expect(try load(file, environment: Self.environment).configuration.providers["openai"]?.apiKeys == [])
    }
}
