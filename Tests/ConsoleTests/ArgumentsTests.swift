import Configuration
import Console
import Observability
import Testing

@Suite struct ArgumentsTests {
    static let right: [(String, Invocation.Command)] = [
        ("", .serve), ("serve", .serve), ("check", .check), ("models", .models),
        ("chat", .chat(channel: "terminal", user: "alice")),
        ("chat --channel lobby --user=bob", .chat(channel: "lobby", user: "bob")),
        ("--user bob chat", .chat(channel: "terminal", user: "bob")),
        ("ask why is the sky blue", .ask(question: "why is the sky blue", model: nil, timeout: nil)),
        ("ask --model m why --timeout=1.5 not", .ask(question: "why not", model: "m", timeout: .milliseconds(1500))),
        ("ask -- --model - -x --", .ask(question: "--model - -x --", model: nil, timeout: nil)),
        ("ask - serve", .ask(question: "serve", readsInput: true, model: nil, timeout: nil)),
        ("ask -", .ask(question: "", readsInput: true, model: nil, timeout: nil)),
        ("bench", .bench(concurrency: 64, duration: .seconds(5))),
        ("bench --concurrency 2 --seconds 0.5", .bench(concurrency: 2, duration: .milliseconds(500))),
    ]

    @Test(arguments: right)
    func commands(line: String, command: Invocation.Command) throws {
        let arguments = line.split(separator: " ").map(String.init)
        #expect(try Arguments.parse(arguments, environment: ["USER": "alice"]) == Invocation(command))
    }

    @Test(arguments: [[:], ["USER": ""]])
    func withoutAUserThereIsOneAnyway(environment: [String: String]) throws {
        let invocation = try Arguments.parse(["chat"], environment: environment)
        #expect(invocation.command == .chat(channel: "terminal", user: "User"))
    }

    @Test(arguments: [
        [
            "--config", "/c.json", "--nats", "nats://h", "--provider", "p", "--log-level", "debug", "--log-format",
            "json",
        ],
        ["--config=/c.json", "--nats=nats://h", "serve", "--provider=p", "--log-level=debug", "--log-format=json"],
    ])
    func optionsOfEveryCommand(arguments: [String]) throws {
        var expected = Invocation(.serve)
        (expected.configurationFile, expected.isConfigurationExplicit) = ("/c.json", true)
        (expected.overrides.natsURL, expected.overrides.provider) = ("nats://h", "p")
        (expected.overrides.logLevel, expected.overrides.logFormat) = (.debug, .json)
        #expect(try Arguments.parse(arguments) == expected)
    }

    @Test func whatFollowsTheFirstEqualsSignIsTheValue() throws {
        #expect(try Arguments.parse(["--config=a=b"]).configurationFile == "a=b")
    }

    @Test func aServerOfOurOwn() throws {
        var expected = Invocation(.serve)
        expected.embedsNATS = true
        #expect(try Arguments.parse(["--embedded-nats"]) == expected)
    }

    static let wrong: [(String, String, CommandName?)] = [
        ("sevre", #"unknown command "sevre" (did you mean serve?)"#, nil),
        ("xyzzy", #"unknown command "xyzzy""#, nil),
        ("help sreve", #"unknown command "sreve" (did you mean serve?)"#, nil),
        ("--confg x", "unknown option --confg (did you mean --config?)", nil),
        ("chat --embedded_nats", "unknown option --embedded_nats (did you mean --embedded-nats?)", .chat),
        ("-c x", "unknown option -c", nil),
        ("--frobnicate", "unknown option --frobnicate", nil),
        ("--config", "--config needs a value: --config FILE", nil),
        ("--config= serve", "--config needs a value: --config FILE", nil),
        ("ask --model --timeout 5 x", "--model needs a value: --model NAME", .ask),
        ("--config a --config=b", "--config is given twice", nil),
        ("--embedded-nats --embedded-nats", "--embedded-nats is given twice", nil),
        ("--embedded-nats=yes", "--embedded-nats takes no value", nil),
        (
            "serve --nats x --embedded-nats",
            "--nats and --embedded-nats contradict each other: one server or the other",
            .serve
        ),
        ("--log-level warn", #"--log-level: expected debug, info, warning or error, got "warn""#, nil),
        (
            "--log-level inf", #"--log-level: expected debug, info, warning or error, got "inf" (did you mean info?)"#,
            nil
        ),
        ("--log-format xml", #"--log-format: expected text or json, got "xml""#, nil),
        ("serve --channel x", "--channel is an option of chat, not of serve", .serve),
        ("chat --embedded-nats", "--embedded-nats is an option of serve, not of chat", .chat),
        ("--timeout 5", "--timeout is an option of ask, not of serve", nil),
        ("chat hello", #"chat takes no text, got "hello""#, .chat),
        ("serve check", #"serve takes no text, got "check""#, .serve),
        ("ask", #"ask needs a question: rosey-llm ask "Why is the sky blue?""#, .ask),
        ("ask --timeout soon x", #"--timeout: expected seconds, above 0 and at most 86400, got "soon""#, .ask),
        ("ask --timeout -1 x", #"--timeout: expected seconds, above 0 and at most 86400, got "-1""#, .ask),
        ("ask --timeout nan x", #"--timeout: expected seconds, above 0 and at most 86400, got "nan""#, .ask),
        ("bench --concurrency 0", #"--concurrency: expected a whole number from 1 to 100000, got "0""#, .bench),
    ]

    @Test(arguments: wrong)
    func errors(line: String, message: String, command: CommandName?) {
        let arguments = line.split(separator: " ").map(String.init)
        #expect(throws: UsageError(message, command: command)) { try Arguments.parse(arguments) }
    }

    @Test func anErrorSaysWhereHelpIs() {
        #expect(UsageError("no").description == "no\nTry: rosey-llm --help")
        #expect(UsageError("no", command: .ask).description == "no\nTry: rosey-llm ask --help")
    }
}
