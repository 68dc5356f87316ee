import BusProtocol
import Configuration
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
            let text = line.trimmed
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
        case .success(let content): terminal.say(terminal.safe(content))
        case .failure(let failure): return failure.text
        }
        return nil
    }

    private func greet(_ client: ServiceClient) async throws(CommandFailure) {
        let reply = try await client.ask(command("model"), on: Subjects.command, timeout: .seconds(15))
        if case .success(let text) = reply { terminal.say(terminal.styled(terminal.safe(text), .dim)) }
        terminal.say(
            terminal.styled(
                "Channel \(channel). Type a message; the words of !chat work with a slash (/help). /quit or Ctrl-D leaves.",
                .dim))
    }

    private func command(_ words: String) -> [UInt8] {
        ChatCommand(words, channelID: channel, username: user).encode()
    }

    private func message(_ text: String) -> [UInt8] {
        var request = LLMRequest(.chat, channelID: channel, username: user, message: text)
        request.provider = provider
        request.isStreamed = true
        return request.encode()
    }
}
