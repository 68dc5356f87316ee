import BusProtocol
import LLMService
import LanguageModels
import NATSClient

/// Publishes what happens for whoever watches on the bus.
struct EventPublisher: Sendable {
    let connection: NATSConnection
    let registry: ProviderRegistry

    /// Nobody waits for an event: while the bus is away, what room there is belongs to the answers.
    @Sendable
    func tell(_ event: ServiceEvent) {
        guard connection.isConnected, let message = LLMEvent(event, registry: registry) else { return }
        try? connection.publish(message.payload, to: message.subject)
    }
}
