@testable import ServiceRuntime

/// What ``RequestQueueState`` is to do, as simply as it can be said and however slow: lists, looked through from the front.
struct NaiveQueue {
    struct Place {
        let ticket: UInt64
        let lane: String?
    }

    let limits: QueueLimits
    private(set) var running: [Place] = []
    private(set) var ready: [Place] = []
    private(set) var waiting: [Place] = []

    var all: [Place] { running + ready + waiting }

    mutating func enter(_ ticket: UInt64, lane: String?) -> NamedQueue.Admission {
        let place = Place(ticket: ticket, lane: lane)
        let isLaneTaken = lane != nil && all.contains { $0.lane == lane }
        let mustWait = isLaneTaken || running.count >= limits.running
        if mustWait, ready.count + waiting.count >= limits.waiting { return .refuse(.serviceFull) }
        if isLaneTaken {
            if waiting.count(where: { $0.lane == lane }) >= limits.waitingPerChannel { return .refuse(.channelFull) }
            waiting.append(place)
            return .wait
        }
        ready.append(place)
        return settle().isEmpty ? .wait : .run
    }

    mutating func leave(_ ticket: UInt64) -> [UInt64] {
        running.removeAll { $0.ticket == ticket }
        ready.removeAll { $0.ticket == ticket }
        waiting.removeAll { $0.ticket == ticket }
        return settle()
    }

    /// Gives lanes that nobody holds to their first, and free places to whoever is ready.
    private mutating func settle() -> [UInt64] {
        while let index = waiting.firstIndex(where: { place in !(running + ready).contains { $0.lane == place.lane } })
        {
            ready.append(waiting.remove(at: index))
        }
        var started: [UInt64] = []
        while running.count < limits.running, !ready.isEmpty {
            let place = ready.removeFirst()
            running.append(place)
            started.append(place.ticket)
        }
        return started
    }
}
