/// Who waits for which reply: a pure state machine. Time and continuations come from outside.
///
/// A single request is reserved, then its continuation is stored, then it is sent; a cancellation may come before each.
struct RequestTable<Waiter, StreamWaiter> {
    typealias Outcome = Result<NATSMessage, NATSError>
    typealias Instant = ContinuousClock.Instant

    /// What is to be done once the lock is released.
    enum Action {
        case none
        /// End a single request's wait.
        case finish(Waiter, Outcome)
        /// Let a stream's consumer look again.
        case wake(StreamWaiter)
    }

    private enum Kind {
        case reserved
        case failed(NATSError)
        case single(Waiter)
        case stream(ReplyBuffer<StreamWaiter>, idle: Duration)
    }

    private struct Entry {
        var kind: Kind
        var deadline: Instant
    }

    private var entries: [UInt64: Entry] = [:]
    private var last: UInt64 = 0
    private var isClosed = false
    /// When the timer is set to go off; nil if it is not set.
    private var alarm: Instant?

    init() {}

    /// How many wait.
    var count: Int { entries.count }

    /// Whether that one still waits.
    func contains(_ id: UInt64) -> Bool { entries[id] != nil }

    // MARK: single requests

    /// Makes room for a request; nil after ``close()``.
    mutating func reserve(deadline: Instant) -> UInt64? { add(Entry(kind: .reserved, deadline: deadline)) }

    /// Stores the continuation of a reserved request. If the action is to finish it, it must not be sent.
    mutating func store(_ waiter: Waiter, for id: UInt64) -> Action {
        switch entries[id]?.kind {
        case .reserved:
            entries[id]?.kind = .single(waiter)
            return .none
        case .failed(let error):
            entries[id] = nil
            return .finish(waiter, .failure(error))
        case nil, .single, .stream: preconditionFailure("a request's continuation is stored once")
        }
    }

    /// Ends a single request with an error; a reserved one remembers it.
    mutating func fail(_ id: UInt64, with error: NATSError) -> Action {
        switch entries[id]?.kind {
        case nil, .failed: return .none
        case .reserved:
            entries[id]?.kind = .failed(error)
            return .none
        case .single(let waiter):
            entries[id] = nil
            return .finish(waiter, .failure(error))
        case .stream(var buffer, let idle):
            let waiter = buffer.finish(error)
            entries[id]?.kind = .stream(buffer, idle: idle)
            return waiter.map(Action.wake) ?? .none
        }
    }

    // MARK: streams

    /// Makes room for a stream of replies; nil after ``close()``.
    mutating func openStream(idle: Duration, now: Instant, limit: Int) -> UInt64? {
        add(Entry(kind: .stream(ReplyBuffer(limit: limit), idle: idle), deadline: now + idle))
    }

    /// What the consumer of a stream gets now.
    mutating func poll(_ id: UInt64) -> ReplyBuffer<StreamWaiter>.Poll {
        withStream(id) { $0.poll() } ?? .end
    }

    /// Stores the consumer's continuation; returns it if it has to be resumed at once.
    mutating func storeStream(_ waiter: StreamWaiter, for id: UInt64, turn: UInt) -> StreamWaiter? {
        guard case .stream = entries[id]?.kind else { return waiter }
        return withStream(id) { $0.store(waiter, turn: turn) } ?? nil
    }

    /// The consumer's task is cancelled.
    mutating func cancelStream(_ id: UInt64, turn: UInt) -> StreamWaiter? {
        withStream(id) { $0.cancel(turn: turn) } ?? nil
    }

    /// The consumer has gone.
    mutating func remove(_ id: UInt64) { entries[id] = nil }

    // MARK: what comes from outside

    /// A reply arrived.
    mutating func received(_ message: NATSMessage, for id: UInt64, now: Instant) -> Action {
        switch entries[id]?.kind {
        case nil, .reserved, .failed: return .none
        case .single(let waiter):
            entries[id] = nil
            return .finish(waiter, message.isNoResponders ? .failure(.nobodyListens) : .success(message))
        case .stream(_, let idle):
            entries[id]?.deadline = now + idle
            return (withStream(id) { $0.received(message) } ?? nil).map(Action.wake) ?? .none
        }
    }

    /// Whether the timer has to be set anew for that deadline.
    mutating func needsAlarm(at deadline: Instant) -> Bool {
        if let alarm, alarm <= deadline { return false }
        alarm = deadline
        return true
    }

    /// The timer went off: ends what is due, and says when it has to go off next.
    mutating func expire(now: Instant) -> (actions: [Action], next: Instant?) {
        var actions: [Action] = []
        for (id, entry) in entries where entry.deadline <= now { actions.append(fail(id, with: .timedOut)) }
        alarm = entries.values.lazy.filter { $0.deadline > now }.map(\.deadline).min()
        return (actions, alarm)
    }

    /// Nothing comes any more: everyone who waits is failed, and so is everyone who comes later.
    mutating func close() -> [Action] {
        isClosed = true
        return Array(entries.keys).map { fail($0, with: .connectionClosed) }
    }

    // MARK: -

    private mutating func add(_ entry: Entry) -> UInt64? {
        if isClosed { return nil }
        last += 1
        entries[last] = entry
        return last
    }

    private mutating func withStream<Value>(_ id: UInt64, _ body: (inout ReplyBuffer<StreamWaiter>) -> Value) -> Value?
    {
        guard case .stream(var buffer, let idle) = entries[id]?.kind else { return nil }
        // Out of the table while it changes, so that its array is not copied.
        entries[id]?.kind = .reserved
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
