import Concurrency

/// The requests under way: which of them run, which wait, until when, and which are to end early. A pure state machine:
/// time is handed in, and whoever is to be resumed or cancelled is returned.
///
/// Requests of one channel run one at a time, in the order in which they came. Channels do not wait for each other, but
/// all share a number of slots, which requests get in the order in which they became ready. Each request is settled once:
/// whoever stops it before that gives the reason, and nobody stops it afterwards.
///
/// `Waiter` is the continuation of a task that waits for its slot; a value of any type in tests.
struct RequestQueueState<Waiter: Sendable>: Sendable {
    /// A place in ``rows``, and above it how often that place was taken before: a ticket is never used again.
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

    private struct Row: Sendable {
        var entry: Entry?
        var generation: UInt64 = 0
    }

    private let limits: QueueLimits
    /// The requests, each at its ticket's place: changed there, for a dictionary allocates for each change in place.
    private var rows: [Row] = []
    private var freeRows: [Int] = []
    private(set) var count = 0
    /// Who waits in a channel behind the request that holds it.
    private var lanes: [String: FIFO<Ticket>] = [:]
    /// Those that wait for a slot; among them some that have left since.
    private var ready = FIFO<Ticket>()
    private var alarm: Alarm
    private(set) var running = 0
    private(set) var isClosed = false

    init(_ limits: QueueLimits, grain: Duration = .milliseconds(10)) {
        self.limits = limits
        alarm = Alarm(grain: grain)
    }

    /// The channels of which a request runs or waits.
    var channels: [String] { Array(lanes.keys) }

    /// Whether a request of a channel runs or waits.
    func isBusy(_ channel: String) -> Bool { lanes[channel] != nil }

    /// The number of requests that have no slot.
    var waiting: Int { count - running }

    /// Takes a request.
    ///
    /// - Returns: its ticket, and when a timer is to be set for ``expire(_:now:)``, if one is.
    mutating func enter(_ request: QueuedRequest) -> (Admission, Ticket, timer: Instant?) {
        let place = freeRows.last ?? rows.count
        let ticket = Ticket(place) | (place < rows.count ? rows[place].generation : 0) << 32
        let admission = admit(ticket, request)
        if case .refuse = admission { return (admission, ticket, nil) }
        return (admission, ticket, request.deadline.flatMap { alarm.arm(for: $0) })
    }

    private mutating func admit(_ ticket: Ticket, _ request: QueuedRequest) -> Admission {
        if isClosed { return .refuse(.closed) }
        if request.isOrdered, let lane = request.channel {
            if let queued = lanes[lane]?.count {
                if waiting >= limits.waiting { return .refuse(.serviceFull) }
                if queued >= limits.waitingPerChannel { return .refuse(.channelFull) }
                lanes[lane]?.append(ticket)
                add(Entry(request, .queued), ticket)
                return .wait
            }
            if running >= limits.running, waiting >= limits.waiting { return .refuse(.serviceFull) }
            lanes[lane] = FIFO()
        } else if running >= limits.running, waiting >= limits.waiting {
            return .refuse(.serviceFull)
        }
        guard running < limits.running else {
            add(Entry(request, .ready), ticket)
            ready.append(ticket)
            return .wait
        }
        running += 1
        add(Entry(request, .running), ticket)
        return .run
    }

    /// Notes the task that works on a request. Returns whether it is to be cancelled at once.
    mutating func attach(_ ticket: Ticket, _ task: Task<Void, Never>) -> Bool {
        guard let place = place(ticket) else { return false }
        rows[place].entry?.task = task
        // One that has not begun finds out by itself.
        return rows[place].entry.map { $0.stop != nil && $0.hasBegun } ?? false
    }

    /// Begins a request, or keeps who waits for its slot.
    mutating func acquire(_ ticket: Ticket, _ waiter: Waiter? = nil) -> Acquisition {
        guard let place = place(ticket), let entry = rows[place].entry else { return .stopped(.cancelled) }
        if let stop = entry.stop { return .stopped(stop) }
        guard entry.phase == .running else {
            precondition(entry.waiter == nil, "a request's slot is waited for once")
            rows[place].entry?.waiter = waiter
            return .wait
        }
        rows[place].entry?.hasBegun = true
        return .granted(hasWaited: entry.wasQueued)
    }

    /// Settles a request: nobody stops it any more. Returns why it ends early, if it does.
    mutating func settle(_ ticket: Ticket) -> StopReason? {
        guard let place = place(ticket) else { return nil }
        rows[place].entry?.isSettled = true
        return rows[place].entry?.stop
    }

    /// Removes a request that is done or was given up. Returns who has got a slot and waits.
    mutating func leave(_ ticket: Ticket) -> [Waiter] {
        guard let entry = remove(ticket) else { return [] }
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
        if case .ticket(let ticket) = selection {
            if let place = place(ticket) { stop(place, reason, &stopped) }
            return stopped
        }
        for place in rows.indices where rows[place].entry.map({ Self.matches($0, selection) }) ?? false {
            stop(place, reason, &stopped)
        }
        return stopped
    }

    /// Stops those whose deadline has passed.
    ///
    /// - Parameter timer: the one that went off.
    /// - Returns: who is stopped, and when the next timer is to be set, if one is.
    mutating func expire(_ timer: Instant, now: Instant) -> (Stopped, next: Instant?) {
        var stopped = Stopped()
        guard alarm.isCurrent(timer) else { return (stopped, nil) }
        var next: Instant?
        for place in rows.indices {
            guard let entry = rows[place].entry, entry.stop == nil, !entry.isSettled,
                let deadline = entry.request.deadline
            else { continue }
            if deadline <= now {
                stop(place, { .deadline(hasBegun: $0) }, &stopped)
            } else {
                next = min(next ?? deadline, deadline)
            }
        }
        return (stopped, alarm.rearm(for: next, now: now))
    }

    /// Takes nothing new from now on.
    mutating func close() { isClosed = true }

    private mutating func stop(_ place: Int, _ reason: (Bool) -> StopReason, _ stopped: inout Stopped) {
        guard let entry = rows[place].entry, entry.stop == nil, !entry.isSettled else { return }
        let reason = reason(entry.hasBegun)
        rows[place].entry?.stop = reason
        rows[place].entry?.waiter = nil
        stopped.count += 1
        if let waiter = entry.waiter { stopped.waiters.append((waiter, reason)) }
        if entry.hasBegun, let task = entry.task { stopped.tasks.append(task) }
    }

    private static func matches(_ entry: Entry, _ selection: RequestSelection) -> Bool {
        switch selection {
        case .ticket: false
        case .requestID(let id): entry.request.requestID == id
        case .channel(let channel): entry.request.channel == channel
        case .user(let user, let channel): entry.request.channel == channel && entry.request.user == user
        case .notBegun: !entry.hasBegun
        case .all: true
        }
    }

    // MARK: rows

    /// Returns where a request is; nil where it has left.
    private func place(_ ticket: Ticket) -> Int? {
        let place = Int(ticket & 0xFFFF_FFFF)
        guard place < rows.count, rows[place].generation == ticket >> 32, rows[place].entry != nil else {
            return nil
        }
        return place
    }

    private mutating func add(_ entry: Entry, _ ticket: Ticket) {
        let place = Int(ticket & 0xFFFF_FFFF)
        if place == rows.count { rows.append(Row()) } else { freeRows.removeLast() }
        rows[place].entry = entry
        count += 1
    }

    private mutating func remove(_ ticket: Ticket) -> Entry? {
        guard let place = place(ticket), let entry = rows[place].entry else { return nil }
        rows[place].entry = nil
        rows[place].generation = (rows[place].generation + 1) & 0xFFFF_FFFF
        freeRows.append(place)
        count -= 1
        return entry
    }

    // MARK: lanes

    private mutating func passOn(_ lane: String) {
        guard let isEmpty = lanes[lane]?.isEmpty, !isEmpty, let next = lanes[lane]?.popFirst() else {
            lanes.removeValue(forKey: lane)
            return
        }
        if let place = place(next) { rows[place].entry?.phase = .ready }
        ready.append(next)
    }

    /// Removes the tickets of those that left from `ready` once they are the greater part, so that leaving costs constant
    /// time on average.
    private mutating func dropLeftTickets() {
        guard ready.count > 64, ready.count > 2 * waiting else { return }
        var present = FIFO<Ticket>()
        while let ticket = ready.popFirst() { if place(ticket) != nil { present.append(ticket) } }
        ready = present
    }

    private mutating func fillSlots() -> [Waiter] {
        var resumed: [Waiter] = []
        while running < limits.running, let next = ready.popFirst() {
            guard let place = place(next) else { continue }
            running += 1
            rows[place].entry?.phase = .running
            guard let waiter = rows[place].entry?.waiter else { continue }
            rows[place].entry?.waiter = nil
            rows[place].entry?.hasBegun = true
            resumed.append(waiter)
        }
        return resumed
    }
}
