import NATSClient
import ServiceRuntime
import Synchronization

/// Measures the process's connections to NATS, by what they tell.
final class ConnectionMetrics: Sendable {
    /// One of them.
    final class Meter: Sendable {
        fileprivate let name: String
        fileprivate let connected = Level()
        fileprivate let reconnects = Counter()
        fileprivate let losses = Counter()
        fileprivate let errors = Counter()

        fileprivate init(_ name: String) { self.name = name }

        /// Counts what happened.
        func tell(_ event: NATSEvent) {
            switch event {
            case .connected: connected.set(1)
            case .reconnected:
                connected.set(1)
                reconnects.add()
            case .disconnected:
                if connected.value == 1 { losses.add() }
                connected.set(0)
            case .closed: connected.set(0)
            case .error: errors.add()
            // Told once; how many it were, the subscriptions know.
            case .slowConsumer: break
            }
        }
    }

    private let meters = Mutex<[Meter]>([])

    /// Adds them to a registry.
    init(_ registry: MetricsRegistry) {
        registry.add { [self] writer in write(to: &writer) }
    }

    /// One more connection.
    ///
    /// - Parameter name: what it is for.
    func meter(_ name: String) -> Meter {
        let meter = Meter(name)
        meters.withLock { $0.append(meter) }
        return meter
    }

    private func write(to writer: inout MetricsWriter) {
        let meters = meters.withLock { $0 }
        writer.begin("rosey_llm_nats_connected", .gauge, "Whether a NATS server is connected, 1 or 0, by what for.")
        for meter in meters { writer.sample(meter.connected.value, [("connection", meter.name)]) }
        writer.begin("rosey_llm_nats_reconnects_total", .counter, "Times a lost connection to NATS came back.")
        for meter in meters { writer.sample(meter.reconnects.value, [("connection", meter.name)]) }
        writer.begin("rosey_llm_nats_disconnects_total", .counter, "Times a connection to NATS was lost.")
        for meter in meters { writer.sample(meter.losses.value, [("connection", meter.name)]) }
        writer.begin(
            "rosey_llm_nats_errors_total", .counter,
            "What NATS servers or the library complained of, once until it changed.")
        for meter in meters { writer.sample(meter.errors.value, [("connection", meter.name)]) }
    }
}
