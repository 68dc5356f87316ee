import NATSClient
import Observability
import Synchronization

/// Tells the operator what becomes of a connection to NATS: each turn of it once, however often it is tried; and counts it.
final class ConnectionMonitor: Sendable {
    private struct State {
        var wasConnected = false
        var isAway = false
        var lastRefusal: NATSError?
        var lastError: String?
        /// What was told since a server was connected last.
        var toldRefusals: Set<NATSError.Code> = []
        /// What was told since the start: permissions rarely come back by themselves.
        var toldDenials: Set<String> = []
    }

    private let log: Log
    private let servers: [String]
    private let text: NATSPermissionText
    private let connected: Gauge
    private let reconnects, disconnects, errors: Counter
    private let state = Mutex(State())

    /// - Parameter name: what the connection is for.
    init(_ name: String, to nats: NATSOptions, log: Log, _ metrics: MetricsRegistry = MetricsRegistry()) {
        (self.log, servers) = (log, nats.servers)
        text = NATSPermissionText(inboxPrefix: nats.inboxPrefix)
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

    /// Why no server takes the connection, while there is none.
    var lastRefusal: NATSError? { state.withLock { $0.lastRefusal } }

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
        case .refused(let error):
            errors.add()
            refused(error)
        case .denied(let permission):
            errors.add()
            denied(permission)
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
        state.withLock { $0 = State(wasConnected: true, toldDenials: $0.toldDenials) }
    }

    private func left(_ reason: String) {
        let isNews = state.withLock { state in
            defer { state.isAway = true }
            return !state.isAway && state.wasConnected
        }
        if isNews { log.warning("Lost NATS; reconnecting until it is back", [.reason: reason]) }
    }

    /// Each kind of refusal is told once until there is a connection. That a server that was lost is not there yet was told
    /// with the loss.
    private func refused(_ error: NATSError) {
        let isNews = state.withLock { state in
            state.lastRefusal = error
            return state.toldRefusals.insert(error.code).inserted && (error.isRefusal || !state.wasConnected)
        }
        guard isNews else { return }
        log.warning(
            "NATS cannot be reached; trying again",
            [
                .server: servers.joined(separator: ","), .reason: error.message,
                .hint: error.remedy(servers: servers) + "; see: rosey-llm check",
            ])
    }

    private func denied(_ permission: NATSPermission) {
        let subject = text.subject(of: permission)
        let isNews = state.withLock {
            $0.toldDenials.count < NATSConnection.maxDenied
                && $0.toldDenials.insert("\(permission.direction) \(subject)").inserted
        }
        guard isNews else { return }
        log.error(
            "The NATS user lacks a permission",
            [.permission: "\(permission.direction.rawValue) \(subject)", .hint: "rosey-llm check names all"])
    }
}
