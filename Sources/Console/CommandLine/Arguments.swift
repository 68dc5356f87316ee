import ServiceRuntime

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
    package static func parse(
        _ arguments: [String], environment: [String: String] = [:], version: String = "unknown"
    ) throws(UsageError) -> Invocation {
        let options = arguments.prefix { $0 != "--" }
        if options.contains(where: { $0 == "--help" || $0 == "-h" }) {
            let command = options.lazy.compactMap { CommandName(rawValue: $0) }.first { $0 != .help }
            return Invocation(.print(HelpText.of(command)))
        }
        if options.contains("--version") { return Invocation(.print("rosey-llm \(version)\n")) }

        var words = Words()
        try words.sort(arguments)
        return try words.invocation(environment: environment)
    }
}
