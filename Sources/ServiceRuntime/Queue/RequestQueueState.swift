/// The requests under way: which of them run, which wait, until when, and which are to end early. A pure state machine:
/// time is handed in, and whoever is to be resumed or cancelled is returned.
///
/// Requests of one channel run one at a time, in the order in which they came. Channels do not wait for each other, but
/// all share a number of slots, which requests get in the order in which they became ready. Each request is settled once:
/// whoever stops it before that gives the reason, and nobody stops it afterwards.
///
/// `Waiter` is the continuation of a task that waits for its slot; a value of any type in tests.
struct RequestQueueState<Waiter: Sendable>: Sendable {
    typealias Ticket = UInt64
    typealias Instant = ContinuousClock.Instant

    /// What became of a request that came.
    enum Admission: Equatable {
        case run, wait
        case refuse(QueueRefusal)
    }

    /// What a task that wants to go on does.
    enum Acquisition: Equatable {
        /// Goes on: the slot is its own. `hasWaited` says that there was none when the request came.
        case granted(hasWaited: Bool)
        /// Waits; its waiter is kept.
        case wait
        /// Ends.
        case stopped(StopReason)
    }

    /// What has to be done for the requests that were stopped.
    struct Stopped {
        /// Those that waited for a slot, and why they end.
        var waiters: [(Waiter, StopReason)] = []
        /// The tasks of those that had begun.
        var tasks: [Task<Void, Never>] = []
        /// How many were not stopped before.
        var count = 0
    }

    private enum Phase: Equatable {
        /// Behind another one of its channel.
        case queued
        /// The first of its channel, without a slot.
        case ready
        case running
    }

    private struct Entry: Sendable {
        let request: QueuedRequest
        var phase: Phase
        let wasQueued: Bool
        var hasBegun = false
        var isSettled = false
        var stop: StopReason?
        var waiter: Waiter?
        var task: Task<Void, Never>?

        init(_ request: QueuedRequest, _ phase: Phase) {
            (self.request, self.phase) = (request, phase)
            wasQueued = phase != .running
        }

        var lane: String? { request.isOrdered ? request.channel : nil }
    }

    private let limits: QueueLimits
    /// How close together two deadlines may lie and still cost one timer.
    private let grain: Duration
    private var entries: [Ticket: Entry] = [:]
    /// Who waits in a channel behind the request that holds it.
    private var lanes: [String: FIFO<Ticket>] = [:]
    /// Those that wait for a slot; among them some that have left since.
    private var ready = FIFO<Ticket>()
    private var nextTicket: Ticket = 0
    /// When the earliest timer goes off.
    private var timer: Instant?
    private(set) var running = 0
    private(set) var isClosed = false

    init(_ limits: QueueLimits, grain: Duration = .milliseconds(10)) { (self.limits, self.grain) = (limits, grain) }

    /// The number of requests that have no slot.
    var waiting: Int { entries.count - running }

    /// Takes a request.
    ///
    /// - Returns: its ticket, and when a timer is to be set for ``expire(_:now:)``, if one is.
    mutating func enter(_ request: QueuedRequest) -> (Admission, Ticket, timer: Instant?) {
        let ticket = nextTicket
        let admission = admit(ticket, request)
        if case .refuse = admission { return (admission, ticket, nil) }
        nextTicket += 1
        guard let deadline = request.deadline, timer.map({ $0 > deadline }) ?? true else {
            return (admission, ticket, nil)
        }
        timer = deadline
        return (admission, ticket, deadline)
    }

    private mutating func admit(_ ticket: Ticket, _ request: QueuedRequest) -> Admission {
        if isClosed { return .refuse(.closed) }
        if request.isOrdered, let lane = request.channel {
            if let queued = lanes[lane]?.count {
                if waiting >= limits.waiting { return .refuse(.serviceFull) }
                if queued >= limits.waitingPerChannel { return .refuse(.channelFull) }
                lanes[lane]?.append(ticket)
                entries[ticket] = Entry(request, .queued)
                return .wait
            }
            if running >= limits.running, waiting >= limits.waiting { return .refuse(.serviceFull) }
            lanes[lane] = FIFO()
        } else if running >= limits.running, waiting >= limits.waiting {
            return .refuse(.serviceFull)
        }
        guard running < limits.running else {
            entries[ticket] = Entry(request, .ready)
            ready.append(ticket)
            return .wait
        }
        running += 1
        entries[ticket] = Entry(request, .running)
        return .run
    }

    /// Notes the task that works on a request. Returns whether it is to be cancelled at once.
    mutating func attach(_ ticket: Ticket, _ task: Task<Void, Never>) -> Bool {
        entries[ticket]?.task = task
        return entries[ticket]?.stop != nil
    }

    /// Begins a request, or keeps who waits for its slot.
    mutating func acquire(_ ticket: Ticket, _ waiter: Waiter? = nil) -> Acquisition {
        guard let entry = entries[ticket] else { return .stopped(.cancelled) }
        if let stop = entry.stop { return .stopped(stop) }
        guard entry.phase == .running else {
            precondition(entry.waiter == nil, "a request's slot is waited for once")
            entries[ticket]?.waiter = waiter
            return .wait
        }
        entries[ticket]?.hasBegun = true
        return .granted(hasWaited: entry.wasQueued)
    }

    /// Settles a request: nobody stops it any more. Returns why it ends early, if it does.
    mutating func settle(_ ticket: Ticket) -> StopReason? {
        entries[ticket]?.isSettled = true
        return entries[ticket]?.stop
    }

    /// Removes a request that is done or was given up. Returns who has got a slot and waits.
    mutating func leave(_ ticket: Ticket) -> [Waiter] {
        guard let entry = entries.removeValue(forKey: ticket) else { return [] }
        switch entry.phase {
        case .queued:
            if let lane = entry.lane { lanes[lane]?.removeAll { $0 == ticket } }
            return []
        case .ready:
            dropLeftTickets()
        case .running:
            running -= 1
        }
        if let lane = entry.lane { passOn(lane) }
        return fillSlots()
    }

    /// Stops those that match and are not settled.
    mutating func stop(_ selection: RequestSelection, _ reason: (_ hasBegun: Bool) -> StopReason) -> Stopped {
        var stopped = Stopped()
        for ticket in matching(selection) { stop(ticket, reason, &stopped) }
        return stopped
    }

    /// Stops those whose deadline has passed.
    ///
    /// - Parameter timer: the one that went off. It may be one that an earlier one replaced, which says nothing, or have
    ///   come a moment too early (timers need not run by the clock that `now` is read from): then another is set.
    /// - Returns: who is stopped, and when the next timer is to be set, if one is.
    mutating func expire(_ timer: Instant, now: Instant) -> (Stopped, next: Instant?) {
        var stopped = Stopped()
        guard self.timer == timer else { return (stopped, nil) }
        var next: Instant?
        for (ticket, entry) in entries where entry.stop == nil && !entry.isSettled {
            guard let deadline = entry.request.deadline else { continue }
            if deadline <= now {
                stop(ticket, { .deadline(hasBegun: $0) }, &stopped)
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        self.timer = next.map { max($0, now + grain) }
        return (stopped, self.timer)
    }

    /// Takes nothing new from now on.
    mutating func close() { isClosed = true }

    private mutating func stop(_ ticket: Ticket, _ reason: (Bool) -> StopReason, _ stopped: inout Stopped) {
        guard let entry = entries[ticket], entry.stop == nil, !entry.isSettled else { return }
        let reason = reason(entry.hasBegun)
        entries[ticket]?.stop = reason
        entries[ticket]?.waiter = nil
        stopped.count += 1
        if let waiter = entry.waiter { stopped.waiters.append((waiter, reason)) }
        if entry.hasBegun, let task = entry.task { stopped.tasks.append(task) }
    }

    private func matching(_ selection: RequestSelection) -> [Ticket] {
        switch selection {
        case .ticket(let ticket): [ticket]
        case .requestID(let id): entries.filter { $0.value.request.requestID == id }.map(\.key)
        case .channel(let channel): entries.filter { $0.value.request.channel == channel }.map(\.key)
        case .user(let user, let channel):
            entries.filter { $0.value.request.channel == channel && $0.value.request.user == user }.map(\.key)
        case .notBegun: entries.filter { !$0.value.hasBegun }.map(\.key)
        case .all: Array(entries.keys)
        }
    }

    private mutating func passOn(_ lane: String) {
        guard let next = lanes[lane]?.popFirst() else {
            lanes.removeValue(forKey: lane)
            return
        }
        entries[next]?.phase = .ready
        ready.append(next)
    }

    /// Removes the tickets of those that left from `ready` once they are the greater part, so that leaving costs constant
    /// time on average.
    private mutating func dropLeftTickets() {
        if ready.count > 64, ready.count > 2 * waiting { ready.removeAll { entries[$0] == nil } }
    }

    private mutating func fillSlots() -> [Waiter] {
        var resumed: [Waiter] = []
        while running < limits.running, let next = ready.popFirst() {
            guard entries[next] != nil else { continue }
            running += 1
            entries[next]?.phase = .running
            guard let waiter = entries[next]?.waiter else { continue }
            entries[next]?.waiter = nil
            entries[next]?.hasBegun = true
            resumed.append(waiter)
        }
        return resumed
    }
}
