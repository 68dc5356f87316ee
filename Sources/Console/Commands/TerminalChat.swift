import BusProtocol
import Configuration
import LineEditing
import ServiceRuntime

/// `rosey-llm chat`: a room in the terminal, or line by line through a pipe.
struct TerminalChat {
    static let patience = Duration.seconds(330)

    let room: TerminalRoom
    let terminal: Terminal
    /// Where the lines typed are kept; nil: nowhere.
    let historyPath: String?

    /// Asks and shows until the input ends.
    func run(_ configuration: Configuration) async throws(CommandFailure) {
        try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            if terminal.isInteractive {
                try await talk(client)
            } else {
                try await Interruption.with(client, terminal) { interruption throws(CommandFailure) in
                    try await pass(client, interruption)
                }
            }
        }
    }

    private func talk(_ client: ServiceClient) async throws(CommandFailure) {
        // Before it listens in, and whoever else does: so nobody is missed who is not there.
        try await client.expectService()
        let model = try await client.ask(room.command("model"), on: Subjects.command, timeout: .seconds(15))
        if case .success(let text) = model { terminal.say(terminal.styled(terminal.safe(text), .dim)) }
        let greeting = "Channel \(room.channel). Type a message; /help shows the commands, /quit or Ctrl-D leaves."
        terminal.say(terminal.styled(terminal.safe(greeting), .dim))
        var options = LineEditor.Options(prompt: terminal.safe(room.user) + "> ")
        (options.historyPath, options.completions) = (historyPath, TerminalRoom.commands)
        let signals = ProcessSignals(suspends: true)
        try await ChatSession(room, client, options, terminal).run(signals)
    }

    /// One line after the other, each once the last one is answered.
    private func pass(_ client: ServiceClient, _ interruption: Interruption) async throws(CommandFailure) {
        var hasFailed = false
        lines: while let line = await terminal.line() {
            var failure: String?
            switch room.action(for: line) {
            case .nothing: continue
            case .leave: break lines
            case .refuse(let reason): failure = reason
            case .help:
                try await client.expectService()
                let reply = try await client.ask(room.command("help"), on: Subjects.command, timeout: Self.patience)
                if case .success(let text) = reply { terminal.say(terminal.safe(TerminalRoom.help(text))) }
            case .ask(let subject, let payload, let id):
                failure = try await interruption.waiting(for: id) { () throws(CommandFailure) in
                    var shown = SpokenAnswer(terminal, write: terminal.write)
                    try await client.expectService()
                    return try await client.ask(payload, on: subject, timeout: Self.patience, into: &shown)
                }
            }
            if let failure {
                terminal.complain(terminal.safe(failure))
                hasFailed = true
            }
        }
        if hasFailed { throw CommandFailure(.unavailable, "not every line got an answer") }
    }
}
