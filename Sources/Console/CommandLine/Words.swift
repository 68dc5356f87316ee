import ServiceRuntime

/// The words of a command line, sorted: the command, the options, and the text.
struct Words {
    private(set) var command: CommandName?
    private(set) var text: [String] = []
    /// Whether `-` stands among the words of `ask`: the place of standard input.
    private(set) var namesInput = false
    private var values: [Option: String] = [:]

    /// The command, or the default.
    var name: CommandName { command ?? .serve }

    /// The value of an option; empty for one that takes none.
    subscript(_ option: Option) -> String? { values[option] }

    /// Sorts `arguments`, and checks that every option is known, there once, belongs to the command, and has a value
    /// exactly if it takes one.
    mutating func sort(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" {
                for word in rest { try take(word) }
                break
            } else if word == "-", command == .ask {
                namesInput = true
            } else if word.hasPrefix("-"), word != "-" {
                try takeOption(word, &rest)
            } else {
                try take(word)
            }
        }
        for option in Option.allCases where values[option] != nil {
            guard let commands = option.commands, !commands.contains(name) else { continue }
            let owners = commands.map(\.rawValue).joined(separator: " and ")
            throw UsageError("\(option.flag) is an option of \(owners), not of \(name.rawValue)", command: command)
        }
    }

    /// The first word is the command; the others are text for those that take some.
    private mutating func take(_ word: String) throws(UsageError) {
        switch command {
        case nil:
            guard let command = CommandName(rawValue: word) else {
                throw UsageError(
                    "unknown command \"\(word)\"\(Self.hint(word, CommandName.allCases.map(\.rawValue)))")
            }
            self.command = command
        case .ask, .help, .import, .wipe: text.append(word)
        case let command?:
            throw UsageError("\(command.rawValue) takes no text, got \"\(word)\"", command: command)
        }
    }

    private mutating func takeOption(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard word.hasPrefix("--"), let option = Option(rawValue: String(parts[0].dropFirst(2))) else {
            throw UsageError(
                "unknown option \(parts[0])\(Self.hint(parts[0], Option.allCases.map(\.flag)))", command: command)
        }
        guard values[option] == nil else { throw UsageError("\(option.flag) is given twice", command: command) }
        let attached = parts.count == 2 ? parts[1] : nil
        if option.value == nil {
            guard attached == nil else { throw UsageError("\(option.flag) takes no value", command: command) }
            values[option] = ""
        } else {
            values[option] = try value(of: option, attached: attached, &rest)
        }
    }

    private func value(
        of option: Option, attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        var value = attached
        if attached == nil, rest.first?.hasPrefix("--") == false { value = rest.popFirst() }
        guard let value, !value.isEmpty else {
            throw UsageError("\(option.flag) needs a value: \(option.flag) \(option.value ?? "")", command: command)
        }
        return value
    }

    /// ` (did you mean --config?)`
    static func hint(_ word: String, _ names: [String]) -> String {
        NearestName.find(word, among: names).map { " (did you mean \($0)?)" } ?? ""
    }
}
