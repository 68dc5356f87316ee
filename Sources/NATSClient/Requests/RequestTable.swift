internal import Concurrency

/// Who waits for which reply: a pure state machine. Time comes from outside.
struct RequestTable {
    typealias Outcome = Result<NATSMessage, NATSError>
    typealias Instant = ContinuousClock.Instant
    typealias Handler = @Sendable (Outcome) -> Void

    /// What is to be done once the lock is released.
    enum Action {
        case none
        /// End a single request's wait.
        case finish(WaitSlot<Outcome>, Outcome)
        /// Call the handler of a single request.
        case call(Handler, Outcome)
        /// Let a stream's consumer look again.
        case wake(WaitSlot<Void>)
    }

    private enum Kind {
        case single(WaitSlot<Outcome>)
        case handled(Handler)
        case stream(ReplyBuffer, idle: Duration)
        /// A stream while it changes.
        case changing
    }

    private struct Entry {
        var kind: Kind
        var deadline: Instant
    }

    private var entries: [UInt64: Entry] = [:]
    private var last: UInt64 = 0
    private var isClosed = false
    private var alarm = Alarm(grain: .milliseconds(1))

    init() {}

    /// How many wait.
    var count: Int { entries.count }

    /// Makes room for a request, which is sent then; nil after ``close()``.
    /// - Returns: its number, where its outcome is awaited, and when a timer is to be set, if one is.
    mutating func open(deadline: Instant) -> (id: UInt64, slot: WaitSlot<Outcome>, timer: Instant?)? {
        if isClosed { return nil }
        let slot = WaitSlot<Outcome>()
        let (id, timer) = add(.single(slot), deadline)
        return (id, slot, timer)
    }

    /// Makes room for a request whose outcome a handler gets; nil after ``close()``.
    mutating func open(deadline: Instant, _ handler: @escaping Handler) -> (id: UInt64, timer: Instant?)? {
        isClosed ? nil : add(.handled(handler), deadline)
    }

    /// Makes room for a stream of replies; nil after ``close()``.
    mutating func openStream(idle: Duration, now: Instant, limit: Int) -> (id: UInt64, timer: Instant?)? {
        if isClosed { return nil }
        return add(.stream(ReplyBuffer(limit: limit), idle: idle), now + idle)
    }

    /// What the consumer of a stream gets now.
    mutating func poll(_ id: UInt64) -> ReplyBuffer.Poll { withStream(id) { $0.poll() } ?? .end }

    /// Nobody waits any more.
    mutating func remove(_ id: UInt64) { entries[id] = nil }

    /// A reply arrived.
    mutating func received(_ message: NATSMessage, for id: UInt64, now: Instant) -> Action {
        switch entries[id]?.kind {
        case nil, .changing: return .none
        case .single(let slot):
            entries[id] = nil
            return .finish(slot, message.isNoResponders ? .failure(.nobodyListens) : .success(message))
        case .handled(let handler):
            entries[id] = nil
            return .call(handler, message.isNoResponders ? .failure(.nobodyListens) : .success(message))
        case .stream(_, let idle):
            entries[id]?.deadline = now + idle
            return (withStream(id) { $0.received(message) } ?? nil).map(Action.wake) ?? .none
        }
    }

    /// The timer set for `timer` went off: ends what is due, and says when the next is to be set, if one is.
    mutating func expire(_ timer: Instant, now: Instant) -> (actions: [Action], next: Instant?) {
        guard alarm.isCurrent(timer) else { return ([], nil) }
        let due = entries.filter { $0.value.deadline <= now }.map(\.key)
        let actions = due.map { fail($0, with: .timedOut) }
        let next = entries.values.lazy.map(\.deadline).filter { $0 > now }.min()
        return (actions, alarm.rearm(for: next, now: now))
    }

    /// Nothing comes any more: everyone who waits is failed, and so is everyone who comes later.
    mutating func close() -> [Action] {
        isClosed = true
        return Array(entries.keys).map { fail($0, with: .connectionClosed) }
    }

    /// Ends a request with an error.
    mutating func fail(_ id: UInt64, with error: NATSError) -> Action {
        switch entries[id]?.kind {
        case .single(let slot):
            entries[id] = nil
            return .finish(slot, .failure(error))
        case .handled(let handler):
            entries[id] = nil
            return .call(handler, .failure(error))
        case nil, .stream, .changing: break
        }
        return (withStream(id) { $0.finish(error) } ?? nil).map(Action.wake) ?? .none
    }

    private mutating func add(_ kind: Kind, _ deadline: Instant) -> (id: UInt64, timer: Instant?) {
        last += 1
        entries[last] = Entry(kind: kind, deadline: deadline)
        return (last, alarm.arm(for: deadline))
    }

    private mutating func withStream<Value>(_ id: UInt64, _ body: (inout ReplyBuffer) -> Value) -> Value? {
        guard case .stream(var buffer, let idle) = entries[id]?.kind else { return nil }
        // Out of the table while it changes, so that its queue is not copied.
        entries[id]?.kind = .changing
        defer { entries[id]?.kind = .stream(buffer, idle: idle) }
        return body(&buffer)
    }
}

extension NATSError {
    static let connectionClosed = NATSError(.closed, "the NATS connection is closed")
    static let timedOut = NATSError(.timeout, "no reply in time")
    static let requestCancelled = NATSError(.cancelled, "the request was cancelled")
    static let nobodyListens = NATSError(.noResponders, "nobody listens on the subject")
}
