import BusProtocol
import Concurrency
import Configuration
import LLMService
import ServiceRuntime

/// `rosey-llm ask`: one question, its answer on standard output, word by word as it comes.
struct AskCommand {
    let question: String
    /// Whether standard input is a part of the question, after the text.
    let readsInput: Bool
    let model: String?
    let provider: String?
    let timeout: Duration
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let message = try await message(atMost: configuration.requests.messageBytes)
        let id = RequestID.make()
        var request = LLMRequest(.complete, requestID: id, message: message)
        (request.model, request.provider, request.timeout) = (model, provider, timeout)
        request.isStreamed = true
        let payload = request.encode()
        // The service's own deadline comes first; ours is for a service that is gone.
        let patience = timeout + .seconds(5)
        let failure = try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            try await Interruption.with(client, terminal) { interruption throws(CommandFailure) in
                try await interruption.waiting(for: id) { () throws(CommandFailure) in
                    var shown = SpokenAnswer(terminal, write: terminal.write)
                    try await client.expectService()
                    return try await client.ask(payload, on: Subjects.request, timeout: patience, into: &shown)
                }
            }
        }
        if let failure { throw CommandFailure(.unavailable, terminal.safe(failure)) }
    }

    /// The text, and what comes on standard input.
    private func message(atMost limit: Int) async throws(CommandFailure) -> String {
        var message = question
        if readsInput {
            let bytes = await BlockingWork.run { StandardInput.read(atMost: limit + 1) }
            let input = String(decoding: bytes, as: UTF8.self).trimmed
            if !input.isEmpty { message += (message.isEmpty ? "" : "\n\n") + input }
        }
        if message.allSatisfy(\.isWhitespace) { throw CommandFailure(.usage, UsageError.noQuestion.description) }
        guard message.utf8.count <= limit else {
            throw CommandFailure(
                .usage, "the question is longer than the service takes: \(limit) bytes (service.max_message_bytes)")
        }
        return message
    }
}
