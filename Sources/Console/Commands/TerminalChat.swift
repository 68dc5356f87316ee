import Configuration
import JSON
import NATSPlugin
import ServiceRuntime

/// `rosey-llm chat`: a room in the terminal.
struct TerminalChat {
    let channel: String
    let user: String
    let provider: String?
    let terminal: Terminal
    private static let patience = Duration.seconds(330)

    /// Asks and shows until the input ends.
    func run(_ configuration: Configuration) async throws(CommandFailure) {
        try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in try await converse(client) }
    }

    private func converse(_ client: ServiceClient) async throws(CommandFailure) {
        if terminal.isInteractive { try await greet(client) }
        var hasFailed = false
        while let line = await terminal.line(prompt: "\(user)> ") {
            let text = line.trimmingSpaces
            if text.isEmpty { continue }
            if ["/quit", "/exit", "/bye"].contains(text.lowercased()) { break }
            guard let failure = try await answer(text, client) else { continue }
            if terminal.isInteractive {
                terminal.say(terminal.styled(terminal.safe(failure), .red))
            } else {
                terminal.complain(terminal.safe(failure))
                hasFailed = true
            }
        }
        if hasFailed { throw CommandFailure(.unavailable, "not every line got an answer") }
        if terminal.isInteractive { terminal.say("") }
    }

    /// Shows the answer to a line. Returns why there is none.
    private func answer(_ line: String, _ client: ServiceClient) async throws(CommandFailure) -> String? {
        guard line.hasPrefix("/") else {
            var shown = SpokenAnswer(terminal, write: terminal.write)
            return try await client.ask(message(line), on: Subjects.request, timeout: Self.patience, into: &shown)
        }
        let command = command(String(line.dropFirst()))
        switch try await client.ask(command, on: Subjects.command, timeout: Self.patience) {
        case .answer(let content, _): terminal.say(terminal.safe(content))
        case .failure(let text, _): return text
        }
        return nil
    }

    private func greet(_ client: ServiceClient) async throws(CommandFailure) {
        let reply = try await client.ask(command("model"), on: Subjects.command, timeout: .seconds(15))
        if case .answer(let text, _) = reply { terminal.say(terminal.styled(terminal.safe(text), .dim)) }
        terminal.say(
            terminal.styled(
                "Channel \(channel). Type a message; the words of !chat work with a slash (/help). /quit or Ctrl-D leaves.",
                .dim))
    }

    private func command(_ words: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("command", "chat")
            writer.field("args", words)
            writer.field("channel_id", channel)
            writer.field("username", user)
        }
    }

    private func message(_ text: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("action", "chat")
            writer.field("message", text)
            writer.field("channel_id", channel)
            writer.field("username", user)
            if let provider { writer.field("provider", provider) }
            writer.field("stream", true)
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
