/// The commands, by their words.
package enum CommandName: String, Sendable, CaseIterable {
    case serve, chat, ask, check, models, bench, help

    /// One line of the program's help.
    var summary: String {
        switch self {
        case .serve: "run the service (the default)"
        case .chat: "talk to it in this terminal"
        case .ask: "ask one question, print the answer"
        case .check: "try the configuration, NATS, JetStream and every provider"
        case .models: "list the models of every provider"
        case .bench: "put load on a running service and measure it"
        case .help: "explain a command"
        }
    }

    /// What stands after the command.
    var usage: String {
        switch self {
        case .ask: "ask [options] TEXT…"
        case .help: "help [COMMAND]"
        default: "\(rawValue) [options]"
        }
    }
}
