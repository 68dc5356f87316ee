/// What `--help` prints.
enum HelpText {
    /// The help of a command, or of the program.
    static func of(_ command: CommandName?) -> String {
        switch command {
        case nil, .help?: program
        case let command?: text(of: command)
        }
    }

    private static let program = """
        rosey-llm - language models on NATS

        Usage: rosey-llm [COMMAND] [options]

        Commands:
        \(table(CommandName.allCases.map { ($0.rawValue, $0.summary) }))

        Options of every command:
        \(options(of: nil))

        Options of serve:
        \(options(of: .serve))

        Environment (over the file, under the options):
        \(table([
            ("NATS_URL", "servers, separated by commas"),
            ("ROSEY_LLM_PROVIDER", "the default provider"),
            ("OLLAMA_HOST", "where Ollama is: host, host:port or URL"),
            ("OPENAI_API_KEY", "the key of the provider openai"),
            ("OPENAI_BASE_URL", "where the provider openai is"),
            ("OPENROUTER_API_KEY", "the key of the provider openrouter"),
            ("NO_COLOR", "no colours in the terminal"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "where spans are sent"),
        ]))

        Files:
        \(table([("config.json", "the configuration; without it, the defaults")]))

        Exit codes:
        \(table([
            ("0", "done"), ("64", "wrong command line"), ("69", "NATS, the service or a provider is unavailable"),
            ("78", "wrong configuration"), ("129", "ended by SIGHUP"), ("130", "stopped by Ctrl-C"),
            ("143", "ended by SIGTERM"),
        ]))

        Examples:
          rosey-llm --embedded-nats --provider scripted
          rosey-llm chat --channel lobby
          rosey-llm ask "Why is the sky blue?"
          rosey-llm check --config /etc/rosey-llm/config.json

        rosey-llm COMMAND --help tells more.

        """

    private static func text(of command: CommandName) -> String {
        let own = options(of: command)
        return """
            Usage: rosey-llm \(command.usage)

            \(command.details)

            \(own.isEmpty ? "" : "Options:\n\(own)\n\n")Options of every command:
            \(options(of: nil))

            Examples:
            \(command.examples.map { "  rosey-llm \($0)" }.joined(separator: "\n"))

            """
    }

    private static func options(of command: CommandName?) -> String {
        let options = Option.allCases.filter { option in
            command.map { option.commands?.contains($0) == true } ?? (option.commands == nil)
        }
        return table(
            options.map { option in
                let flag = option == .help ? "-h, --help" : option.flag
                return (flag + (option.value.map { " " + $0 } ?? ""), option.summary)
            })
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0 + String(repeating: " ", count: width - $0.count + 2) + $1 }
            .joined(separator: "\n")
    }
}
