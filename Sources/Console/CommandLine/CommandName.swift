/// The commands, by their words.
package enum CommandName: String, Sendable, CaseIterable {
    case serve, gateway, chat, ask, check, models, bench, export, `import`, wipe, help

    /// One line of the program's help.
    var summary: String {
        switch self {
        case .serve: "run the service (the default)"
        case .gateway: "offer OpenAI's HTTP interface, in front of a running service"
        case .chat: "talk to it in this terminal"
        case .ask: "ask one question, print the answer"
        case .check: "try the configuration, NATS, JetStream and every provider"
        case .models: "list the models of every provider"
        case .bench: "put load on a running service and measure it"
        case .export: "write all that is kept to standard output, as JSON lines"
        case .import: "bring what was exported back in"
        case .wipe: "forget all that is kept of a channel"
        case .help: "explain a command"
        }
    }

    /// What stands after the command.
    var usage: String {
        switch self {
        case .ask: "ask [options] TEXT…"
        case .import: "import [options] FILE"
        case .wipe: "wipe [options] CHANNEL"
        case .help: "help [COMMAND]"
        default: "\(rawValue) [options]"
        }
    }
}
