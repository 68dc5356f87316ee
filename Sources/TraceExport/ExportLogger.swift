import Observability
import ServiceRuntime
import Synchronization

/// Tells the log of spans that cannot be sent: when that begins, when it ends, and now and then how many were lost.
final class ExportLogger: Sendable {
    private struct State {
        var isFailing = false
        var lost = 0
        var told: ContinuousClock.Instant?
    }

    /// Between two lines about what was lost.
    private static let interval = Duration.seconds(60)

    private let log: Log
    private let server: String
    private let time: any TimeSource
    private let state = Mutex(State())

    init(log: Log, server: String, time: any TimeSource) {
        (self.log, self.server, self.time) = (log, server, time)
    }

    /// A try failed.
    func failed(_ reason: String) {
        let isFirst = state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isFirst {
            log.warning("Spans cannot be sent now", [.server: server, .reason: reason])
        } else {
            log.debug("Spans still cannot be sent", [.server: server, .reason: reason])
        }
    }

    /// A batch was taken.
    func sent() {
        let wasFailing = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if wasFailing { log.info("Spans are sent again", [.server: server]) }
    }

    /// So many more were lost.
    func lost(_ lost: Int, isLast: Bool = false) {
        let now = time.now
        let count = state.withLock { state -> Int in
            state.lost += lost
            guard state.lost > 0, isLast || state.told.map({ now - $0 >= Self.interval }) ?? true else { return 0 }
            defer { (state.lost, state.told) = (0, now) }
            return state.lost
        }
        if count > 0 { log.warning("Spans were lost", [.server: server, .count: String(count)]) }
    }
}
