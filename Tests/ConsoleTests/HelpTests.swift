import Console
import Testing

@Suite struct HelpTests {
    private func printed(_ arguments: [String]) throws -> String {
        guard case .print(let text) = try Arguments.parse(arguments, version: "1.2.3").command else { return "" }
        return text
    }

    @Test(arguments: [
        ["--help"], ["-h"], ["help"], ["help", "help"], ["--nonsense", "--help"], ["nonsense", "-h"],
    ])
    func theProgram(arguments: [String]) throws {
        let text = try printed(arguments)
        let words =
            CommandName.allCases.map { "  \($0.rawValue) " } + [
                "--config FILE", "--nats URL", "--provider NAME", "--log-level LEVEL", "--log-format FORMAT",
                "--embedded-nats", "-h, --help", "--version", "NATS_URL", "OLLAMA_HOST", "OPENAI_API_KEY",
                "OPENAI_BASE_URL", "OPENROUTER_API_KEY", "ROSEY_LLM_PROVIDER", "config.json", "  0 ", "  64 ", "  69 ",
                "  78 ", "Examples:",
            ]
        for word in words { #expect(text.contains(word)) }
    }

    @Test(arguments: CommandName.allCases.filter { $0 != .help })
    func ofACommand(command: CommandName) throws {
        let text = try printed([command.rawValue, "--help"])
        #expect(text.hasPrefix("Usage: rosey-llm \(command.rawValue)"))
        #expect(text.contains("--config FILE"))
        #expect(try printed(["help", command.rawValue]) == text)
        #expect(try printed(["--nonsense", command.rawValue, "-h", "words"]) == text)
        #expect(text.contains("--channel") == (command == .chat))
        #expect(text.contains("--model") == (command == .ask))
        #expect(text.contains("--concurrency") == (command == .bench))
    }

    @Test(arguments: [[], ["serve"], ["chat"], ["ask"], ["check"], ["models"], ["bench"]])
    func fitsATerminal(command: [String]) throws {
        let text = try printed(command + ["--help"])
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    }

    /// Every example of the help is a command line that works.
    @Test(arguments: ["serve", "chat", "ask", "check", "models", "bench"])
    func examplesWork(command: String) throws {
        let examples = try printed([command, "--help"]).split(separator: "\n").drop { $0 != "Examples:" }.dropFirst()
        #expect(!examples.isEmpty)
        for example in examples {
            let words = example.replacing("\"", with: "").split(separator: " ").map(String.init)
            #expect(words.first == "rosey-llm")
            _ = try Arguments.parse(Array(words.dropFirst()))
        }
    }

    @Test func version() throws {
        #expect(try printed(["--version"]) == "rosey-llm 1.2.3\n")
        #expect(try printed(["serve", "--nonsense", "--version"]) == "rosey-llm 1.2.3\n")
        #expect(try printed(["ask", "--", "--version"]) == "")
    }
}
