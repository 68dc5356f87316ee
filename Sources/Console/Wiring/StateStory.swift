import ReplicatedState
import ServiceRuntime

/// Tells the operator whether what is said outlives the process.
struct StateStory: Sendable {
    let log: Log
    private let throttle: LogThrottle

    init(log: Log, time: any TimeSource) {
        self.log = log
        // One that is slow now and then is so again and again.
        throttle = LogThrottle(interval: .seconds(60), time: time)
    }

    /// One event, one line.
    @Sendable
    func tell(_ event: StateEvent) {
        switch event {
        case .available(let bucket):
            log.info("Conversations are kept", [.bucket: bucket])
        case .unavailable(let reason):
            log.warning(
                "What is said cannot be kept for now; it is kept later, and answered all the same", [.reason: reason])
        case .slow:
            guard let heldBack = throttle.admit("slow") else { return }
            log.warning(
                "Keeping what is said takes longer than an answer waits for it; it is kept later",
                [.heldBack: String(heldBack)])
        case .memoryOnly(let reason):
            log.warning(
                "Conversations are kept in memory only: a restart forgets them",
                [.reason: reason, .hint: "nats-server -js keeps them"])
        case .foreign(let key, let reason):
            log.warning(
                "A record is not one of this program and is left alone; its channel is kept in memory only",
                [.key: key, .reason: reason])
        case .unwritable(let key, let reason):
            log.error("A record cannot be written; its channel is kept in memory only", [.key: key, .reason: reason])
        case .lost(let count):
            log.error("What could not be kept for long was forgotten: there was no more room", [.count: String(count)])
        }
    }
}
