import NATSClient
import ServiceRuntime

/// Tells the operator what becomes of the connection to NATS.
struct ConnectionStory: Sendable {
    let log: Log
    let servers: [String]

    /// One event, one line.
    func tell(_ event: NATSEvent) {
        switch event {
        case .connected(let server):
            log.info("Connected to NATS", [.server: server])
        case .disconnected(let reason):
            log.warning("Lost NATS; reconnecting until it is back", [.reason: reason])
        case .reconnected(let server):
            log.info("Reconnected to NATS", [.server: server])
        case .error(let reason):
            log.warning("NATS reports an error", [.reason: reason])
        case .closed(let reason):
            log.debug("Connection to NATS closed", [.reason: reason])
        case .slowConsumer(let subject, let dropped):
            log.error(
                "Messages come faster than they can be taken, and were lost",
                [.subject: subject, .dropped: String(dropped)])
        }
    }
}
