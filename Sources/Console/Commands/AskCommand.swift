import Configuration
import JSON
import NATSPlugin
import ServiceRuntime

/// `rosey-llm ask`: one question, its answer on standard output.
struct AskCommand {
    let question: String
    let model: String?
    let provider: String?
    let timeout: Duration
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let payload = JSONWriter.object { writer in
            writer.field("action", "complete")
            writer.field("message", question)
            if let model { writer.field("model", model) }
            if let provider { writer.field("provider", provider) }
            writer.field("timeout_s", timeout.seconds)
        }
        // The service's own deadline comes first; ours is for a service that is gone.
        let patience = timeout + .seconds(5)
        let reply = try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            try await client.ask(payload, on: Subjects.request, timeout: patience)
        }
        switch reply {
        case .answer(let content, _): terminal.say(terminal.safe(content))
        case .failure(let text, _): throw CommandFailure(.unavailable, terminal.safe(text))
        }
    }
}
