/// Whose turn it is. A value: who may run is returned.
///
/// Messages of one lane run one at a time, in the order they came; lanes do not wait for each other, except for one of the
/// service's places, which they get in the order they became ready.
struct LaneTable: Sendable {
    typealias Ticket = UInt64

    /// What became of a message that wants in.
    enum Admission: Equatable {
        case run
        case wait
        case refuse(LaneRefusal)
    }

    private enum Phase: Equatable { case running, ready, waiting }

    private let limits: LaneLimits
    private var places: [Ticket: (lane: String?, phase: Phase)] = [:]
    /// Who waits in a lane behind the one that holds it.
    private var lanes: [String: FIFO<Ticket>] = [:]
    /// Those that hold their lanes and wait for a place; among them some that have given up since.
    private var ready = FIFO<Ticket>()
    private(set) var running = 0
    private(set) var isClosed = false

    init(_ limits: LaneLimits) { self.limits = limits }

    /// Those that do not run.
    var waiting: Int { places.count - running }

    /// A message wants in. Without a lane it waits for a place only.
    mutating func enter(_ ticket: Ticket, lane: String?) -> Admission {
        if isClosed { return .refuse(.closed) }
        if let lane, lanes[lane] != nil {
            if waiting >= limits.waiting { return .refuse(.serviceFull) }
            if lanes[lane]?.count ?? 0 >= limits.waitingPerLane { return .refuse(.laneFull) }
            lanes[lane]?.append(ticket)
            places[ticket] = (lane, .waiting)
            return .wait
        }
        if running >= limits.running, waiting >= limits.waiting { return .refuse(.serviceFull) }
        if let lane { lanes[lane] = FIFO() }
        if running < limits.running {
            running += 1
            places[ticket] = (lane, .running)
            return .run
        }
        places[ticket] = (lane, .ready)
        ready.append(ticket)
        return .wait
    }

    /// A message is done, or gives up waiting. Returns who runs now.
    mutating func leave(_ ticket: Ticket) -> [Ticket] {
        guard let (lane, phase) = places.removeValue(forKey: ticket) else { return [] }
        switch phase {
        case .waiting:
            if let lane { lanes[lane]?.removeAll { $0 == ticket } }
            return []
        case .ready:
            forgetDeserters()
        case .running:
            running -= 1
        }
        if let lane { passOn(lane) }
        return fill()
    }

    /// Nobody comes in any more.
    mutating func close() { isClosed = true }

    private mutating func passOn(_ lane: String) {
        guard let next = lanes[lane]?.popFirst() else {
            lanes.removeValue(forKey: lane)
            return
        }
        places[next] = (lane, .ready)
        ready.append(next)
    }

    /// Those that gave up are taken out together, once they are the greater part: so giving up costs constant time.
    private mutating func forgetDeserters() {
        if ready.count > 64, ready.count > 2 * waiting { ready.removeAll { places[$0] == nil } }
    }

    private mutating func fill() -> [Ticket] {
        var started: [Ticket] = []
        while running < limits.running, let next = ready.popFirst() {
            guard places[next] != nil else { continue }
            places[next]?.phase = .running
            running += 1
            started.append(next)
        }
        return started
    }
}
