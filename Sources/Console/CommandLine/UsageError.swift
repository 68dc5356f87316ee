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

    /// The message and where help is, two lines.
    package var description: String {
        "\(message)\nTry: rosey-llm \(command.map { $0.rawValue + " " } ?? "")--help"
    }
}
