import NATSClient
import ServiceRuntime
import Synchronization

/// Tells the operator what becomes of the connection to NATS: each turn of it once, however often it is tried.
final class ConnectionStory: Sendable {
    private struct State {
        var wasConnected = false
        var isAway = false
        var lastError: String?
    }

    private let log: Log
    private let servers: [String]
    private let state = Mutex(State())

    init(log: Log, servers: [String]) {
        self.log = log
        self.servers = servers
    }

    /// What went wrong last, while there is no connection.
    var lastError: String? { state.withLock { $0.lastError } }

    /// One event, one line at most.
    func tell(_ event: NATSEvent) {
        switch event {
        case .connected(let server):
            arrived()
            log.info("Connected to NATS", [.server: server])
        case .reconnected(let server):
            arrived()
            log.info("Reconnected to NATS", [.server: server])
        case .disconnected(let reason):
            left(reason)
        case .error(let reason):
            let isNew = state.withLock { state in
                defer { state.lastError = reason }
                return state.lastError != reason
            }
            if isNew { log.warning("NATS reports an error", [.reason: reason]) }
        case .closed(let reason):
            log.debug("Connection to NATS closed", [.reason: reason])
        case .slowConsumer(let subject, let dropped):
            log.error(
                "Messages come faster than they can be taken, and were lost",
                [.subject: subject, .dropped: String(dropped)])
        }
    }

    private func arrived() {
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
                "NATS cannot be reached; trying until it can",
                [
                    .server: servers.joined(separator: ","),
                    .hint: "is a server there, and does it take the login of the section nats? rosey-llm check",
                ])
        }
    }
}
