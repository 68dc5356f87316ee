import FoundationEssentials
import JSON
import NATSClient
import Tracing

/// The service, over NATS.
struct ServiceBus: Sendable {
    private static let subject = "llm.request"
    private let connection: NATSConnection

    init(_ connection: NATSConnection) { self.connection = connection }

    /// Whether NATS is there.
    var isConnected: Bool { connection.isConnected }

    /// Asks, and gives the fields of the one answer.
    ///
    /// - Throws: also what the service answers of a failure.
    func ask(
        _ payload: [UInt8], timeout: Duration, _ span: TraceSpan? = nil
    ) async throws(APIError) -> [String: JSONValue] {
        try ServiceFailure.throwing(try await answer(payload, timeout: timeout, span))
    }

    /// Asks, and gives the one answer as it comes.
    ///
    /// - Parameter span: told to the service, which goes on from there; nil where nobody traces.
    func answer(_ payload: [UInt8], timeout: Duration, _ span: TraceSpan? = nil) async throws(APIError) -> NATSMessage {
        try checkConnected()
        do throws(NATSError) {
            return try await connection.request(
                payload, to: Self.subject, headers: span?.context.headers ?? [], timeout: timeout)
        } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Asks, and gives the answers.
    func stream(_ payload: [UInt8], idle: Duration, _ span: TraceSpan?) throws(APIError) -> NATSReplies {
        try checkConnected()
        do throws(NATSError) {
            return try connection.requestMany(
                payload, to: Self.subject, headers: span?.context.headers ?? [], idleTimeout: idle)
        } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Nobody waits for that request any more.
    func cancel(_ requestID: String) {
        let payload = JSONWriter.object { writer in
            writer.field("action", "cancel")
            writer.field("request_id", requestID)
        }
        // Without NATS there is nobody to tell, and nothing more to do about it.
        try? connection.publish(payload, to: Self.subject)
    }

    /// What is published while the server is away would be kept, and run for nobody.
    private func checkConnected() throws(APIError) {
        if !connection.isConnected {
            throw ServiceFailure.error(NATSError(.notConnected, "no NATS server is connected"))
        }
    }
}
