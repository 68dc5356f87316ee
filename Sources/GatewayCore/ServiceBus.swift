package import BusProtocol
package import NATSClient
package import Observability
import Synchronization

/// The service, over NATS.
package struct ServiceBus: Sendable {
    private let connection: NATSConnection

    /// Creates a client of the service.
    package init(_ connection: NATSConnection) { self.connection = connection }

    /// Whether NATS is there.
    package var isConnected: Bool { connection.isConnected }

    /// The largest message, in bytes.
    package var maxPayload: Int { connection.maxPayload }

    /// Asks, and returns the one answer.
    ///
    /// - Throws: also what the service answers of a failure.
    package func ask(
        _ request: LLMRequest, timeout: Duration, _ span: TraceSpan? = nil
    ) async throws(APIError) -> LLMResponse {
        try ServiceFailure.response(try await answer(request, timeout: timeout, span))
    }

    /// Asks, and gives the one answer as it comes.
    ///
    /// - Parameter span: told to the service, which goes on from there; nil where nobody traces.
    package func answer(
        _ request: LLMRequest, timeout: Duration, _ span: TraceSpan? = nil
    ) async throws(APIError) -> NATSMessage {
        try checkConnected()
        do throws(NATSError) {
            return try await connection.request(
                request.encode(), to: Subjects.request, headers: span?.context.headers ?? [], timeout: timeout)
        } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Asks, and gives the answers.
    package func stream(_ request: LLMRequest, idle: Duration, _ span: TraceSpan?) throws(APIError) -> NATSReplies {
        try checkConnected()
        do throws(NATSError) {
            return try connection.requestMany(
                request.encode(), to: Subjects.request, headers: span?.context.headers ?? [], idleTimeout: idle)
        } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Cancels a request whose client has gone.
    package func cancel(_ requestID: String) {
        // Without NATS there is nobody to tell, and nothing more to do about it.
        try? connection.publish(LLMRequest(.cancel, requestID: requestID).encode(), to: Subjects.request)
    }

    /// Says something that is answered elsewhere.
    package func publish(_ payload: [UInt8], to subject: String) throws(APIError) {
        do throws(NATSError) { try connection.publish(payload, to: subject) } catch {
            throw ServiceFailure.error(error)
        }
    }

    /// Makes a call, of which nobody else hears.
    package func call(_ call: LLMCall) async throws(APIError) -> CallResult {
        try checkConnected()
        let message: NATSMessage
        do throws(NATSError) {
            message = try await connection.request(call.encode(), to: call.name.subject, timeout: .seconds(30))
        } catch {
            throw ServiceFailure.error(error)
        }
        do throws(LLMFailure) {
            if let result = try CallResult(message.payload) { return result }
        } catch {
            throw ServiceFailure.error(error)
        }
        throw ServiceFailure.unreadable
    }

    /// What there is behind the gateway.
    package enum Presence { case there, silent, absent, disconnected }

    /// Whether a service is there (ADR-32): asked where nobody else listens, so that the NATS server knows if none is.
    package func presence(timeout: Duration) async -> Presence {
        guard connection.isConnected else { return .disconnected }
        do throws(NATSError) {
            _ = try await connection.request([], to: Subjects.ping, timeout: timeout)
            return .there
        } catch {
            return switch error.code {
            case .noResponders: .absent
            case .timeout: .silent
            default: connection.isConnected ? .silent : .disconnected
            }
        }
    }

    /// What is published while the server is away would be kept, and run for nobody.
    package func checkConnected() throws(APIError) {
        if !connection.isConnected {
            throw ServiceFailure.error(NATSError(.notConnected, "no NATS server is connected"))
        }
    }
}

/// A request that the service works on. Unless it is over when its last holder lets go, because the client has gone or
/// time is up, the service is told to stop.
package final class OpenRequest: Sendable {
    /// Ours, known to the service.
    package let id: String
    private let bus: ServiceBus
    private let isOver = Atomic(false)

    /// Creates a request that has not been sent yet.
    package init(_ bus: ServiceBus) {
        self.bus = bus
        id = Self.newID()
    }

    deinit { if !isOver.load(ordering: .relaxed) { bus.cancel(id) } }

    /// The service has answered.
    package func end() { isOver.store(true, ordering: .relaxed) }

    /// Nobody can guess it, and cancel what is another's.
    private static func newID() -> String {
        let (high, low) = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        return "http-" + [high, low].map { String($0, radix: 36) }.joined()
    }
}
