import Configuration
import NATSClient
import ReplicatedState

/// Whoever looks into the bucket from outside the service.
enum BucketClient {
    /// Connects, opens the bucket, does `body`, and hangs up whatever came of it.
    static func with<Result: Sendable>(
        _ configuration: Configuration, _ body: (NATSKeyValue) async throws -> Result
    ) async throws(CommandFailure) -> Result {
        try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            do {
                return try await body(try await client.connection.keyValue(NATSKeyValueOptions(configuration.state)))
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
