import Configuration
import Conversations
import LLMService
import NATSClient
import Persistence
import ServiceRuntime

/// `rosey-llm export`: all that is kept, as lines of JSON on standard output.
struct ExportCommand {
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let terminal = terminal
        let count = try await BucketClient.with(configuration) { store throws(NATSError) in
            try await Backup(store).export { line in terminal.write(line + [UInt8(ascii: "\n")]) }
        }
        terminal.complain("exported \(count)")
    }
}

/// `rosey-llm wipe CHANNEL`: forgets all that is kept of a channel.
struct WipeCommand {
    let channel: String
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let channel = channel
        let count = try await BucketClient.with(configuration) { store throws(NATSError) in
            try await Backup(store).wipe(channel: channel)
        }
        guard count > 0 else {
            throw CommandFailure(.unavailable, "nothing is kept of the channel \(terminal.safe(channel))")
        }
        terminal.say(
            "Forgot all that was kept of the channel \(terminal.safe(channel)) (\(count) record\(count == 1 ? "" : "s"))"
        )
    }
}

/// Whoever looks into the bucket from outside the service.
enum BucketClient {
    /// Connects, opens the bucket, does `body`, and hangs up whatever came of it.
    static func with<Result: Sendable>(
        _ configuration: Configuration, _ body: (StateStore) async throws -> Result
    ) async throws(CommandFailure) -> Result {
        try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            do {
                let store = try await StateStore(
                    on: client.connection, configuration.state.options,
                    entries: configuration.service.conversationBounds.turns)
                let result = try await body(store)
                // What running instances are told.
                try await client.connection.flush(timeout: .seconds(5))
                return result
            } catch let error as CommandFailure {
                throw error
            } catch let error as NATSError {
                let hint = error.code == .noJetStream ? "; start it with: nats-server -js" : ""
                throw CommandFailure(.unavailable, "the bucket \(configuration.state.bucket): \(error)\(hint)")
            } catch {
                throw CommandFailure(.unavailable, "\(error)")
            }
        }
    }
}
