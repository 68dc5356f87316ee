import NATSClient
import Observability
import Synchronization

/// Tells the operator what becomes of a connection to NATS: each turn of it once, however often it is tried; and counts it.
final class ConnectionMonitor: Sendable {
    private struct State {
        var wasConnected = false
        var isAway = false
        var lastError: String?
    }

    private let log: Log
    private let servers: [String]
    private let connected: Gauge
    private let reconnects, disconnects, errors: Counter
    private let state = Mutex(State())

    /// - Parameter name: what the connection is for.
    init(_ name: String, to servers: [String], log: Log, _ metrics: MetricsRegistry = MetricsRegistry()) {
        (self.log, self.servers) = (log, servers)
        connected =
            metrics.gauges(
                "rosey_llm_nats_connected", "Whether a NATS server is connected, 1 or 0, by what for.", by: "connection"
            )[name]
        reconnects =
            metrics.counters(
                "rosey_llm_nats_reconnects_total", "Times a lost connection to NATS came back.", by: "connection")[name]
        disconnects =
            metrics.counters(
                "rosey_llm_nats_disconnects_total", "Times a connection to NATS was lost.", by: "connection")[name]
        errors =
            metrics.counters(
                "rosey_llm_nats_errors_total", "What NATS servers or the library complained of, once until it changed.",
                by: "connection")[name]
    }

    /// What went wrong last, while there is no connection.
    var lastError: String? { state.withLock { $0.lastError } }

    /// One event, one line at most.
    @Sendable
    func observe(_ event: NATSEvent) {
        switch event {
        case .connected(let server):
            arrived()
            log.info("Connected to NATS", [.server: server])
        case .reconnected(let server):
            arrived()
            reconnects.add()
            log.info("Reconnected to NATS", [.server: server])
        case .disconnected(let reason):
            if connected.set(0) == 1 { disconnects.add() }
            left(reason)
        case .error(let reason):
            errors.add()
            let isNew = state.withLock { state in
                defer { state.lastError = reason }
                return state.lastError != reason
            }
            if isNew { log.warning("NATS reports an error", [.reason: reason]) }
        case .closed(let reason):
            connected.set(0)
            log.debug("Connection to NATS closed", [.reason: reason])
        case .slowConsumer(let subject, let dropped):
            // Told once; how many it were, the subscriptions know.
            log.error(
                "Messages arrive faster than they can be taken; some were lost",
                [.subject: subject, .dropped: String(dropped)])
        }
    }

    private func arrived() {
        connected.set(1)
        state.withLock { $0 = State(wasConnected: true) }
    }

    private func left(_ reason: String) {
        let (isNews, wasConnected) = state.withLock { state in
            defer { state.isAway = true }
            return (!state.isAway, state.wasConnected)
        }
        guard isNews else { return }
        if wasConnected {
            log.warning("Lost NATS; reconnecting until it is back", [.reason: reason])
        } else {
            log.warning(
                "NATS cannot be reached; trying again",
                [
                    .server: servers.joined(separator: ","),
                    .hint: "is a server there, and does it take the login of the section nats? rosey-llm check",
                ])
        }
    }
}
