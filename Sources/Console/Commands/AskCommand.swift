import BusProtocol
import Configuration
import ServiceRuntime

/// `rosey-llm ask`: one question, its answer on standard output, word by word as it comes.
struct AskCommand {
    let question: String
    let model: String?
    let provider: String?
    let timeout: Duration
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        var request = LLMRequest(.complete, message: question)
        (request.model, request.provider, request.timeout) = (model, provider, timeout)
        request.isStreamed = true
        let payload = request.encode()
        // The service's own deadline comes first; ours is for a service that is gone.
        let patience = timeout + .seconds(5)
        let failure = try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            var shown = SpokenAnswer(terminal, write: terminal.write)
            return try await client.ask(payload, on: Subjects.request, timeout: patience, into: &shown)
        }
        if let failure { throw CommandFailure(.unavailable, terminal.safe(failure)) }
    }
}
