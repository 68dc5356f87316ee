/// Reads a command line.
package enum Arguments {
    /// What `arguments` (without the program's own name) ask for.
    ///
    /// Options stand anywhere, as `--option value` or `--option=value`; after `--` everything is text. `--help` and
    /// `--version` are enough for themselves: the rest is not looked at.
    /// - Parameters:
    ///   - arguments: the words.
    ///   - environment: `USER` is the name in a chat where none is given.
    ///   - version: what `--version` prints.
    ///   - hasInput: whether standard input is no terminal: then `ask` reads it.
    package static func parse(
        _ arguments: [String], environment: [String: String] = [:], version: String = "unknown",
        hasInput: Bool = false
    ) throws(UsageError) -> Invocation {
        let options = arguments.prefix { $0 != "--" }
        if options.contains(where: { $0 == "--help" || $0 == "-h" }) {
            let command = options.lazy.compactMap { CommandName(rawValue: $0) }.first { $0 != .help }
            return Invocation(.print(HelpText.of(command)))
        }
        if options.contains("--version") { return Invocation(.print("rosey-llm \(version)\n")) }

        var words = Words()
        try words.sort(arguments)
        return try words.invocation(environment: environment, hasInput: hasInput)
    }
}

/// What is wrong with a command line. The process ends with 64.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line without a full stop: `unknown option --confg (did you mean --config?)`.
    package let message: String
    /// The command whose help tells more; nil for that of the program.
    package let command: CommandName?

    /// - Parameters:
    ///   - message: one line.
    ///   - command: whose help tells more.
    package init(_ message: String, command: CommandName? = nil) {
        self.message = message
        self.command = command
    }

    /// `ask` without anything to ask.
    static let noQuestion = UsageError(
        "ask needs a question: rosey-llm ask \"Why is the sky blue?\"", command: .ask)

    /// The message and where help is, two lines.
    package var description: String {
        "\(message)\nTry: rosey-llm \(command.map { $0.rawValue + " " } ?? "")--help"
    }
}
