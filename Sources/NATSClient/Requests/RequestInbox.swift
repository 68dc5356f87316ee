internal import Concurrency
internal import Dispatch
internal import Glibc
internal import Synchronization

/// All requests of a connection: one wildcard subscription, on which each reply's last part says whose it is.
final class RequestInbox: MessageReceiving {
    private static let timers = DispatchQueue(label: "nats.deadlines")

    private let prefix: String
    let subject: String
    private let table = Mutex(RequestTable())
    private let subscription = Mutex<NATSDirectSubscription?>(nil)

    /// - Parameter inboxPrefix: the first part of the reply subjects.
    init(inboxPrefix: String) {
        let inbox = NATSSubject.newInbox(prefix: inboxPrefix)
        prefix = inbox + "."
        subject = inbox + ".*"
    }

    /// Subscribes, once. Requests on the connection are sent after that.
    func attach(to connection: NATSConnection) throws(NATSError) {
        try subscription.withLock { subscription throws(NATSError) in
            if subscription != nil { return }
            // The driver of the socket gives the replies to this object itself.
            subscription = try connection.subscribe(subject) { _ in }
        }
    }

    /// Whether a message on this subject is a reply to a request of the connection.
    func isReply(_ subject: UnsafePointer<CChar>?) -> Bool {
        guard let subject = unsafe subject else { return false }
        return unsafe strncmp(subject, prefix, prefix.utf8.count) == 0
    }

    func receive(_ message: NATSMessage) {
        guard let id = UInt64(Substring(message.subject.utf8.dropFirst(prefix.utf8.count)), radix: 36) else { return }
        perform(table.withLock { $0.received(message, for: id, now: .now) })
    }

    /// Waits for one reply.
    /// - Parameter send: sends the request, with the reply subject it is given.
    func request(
        deadline: ContinuousClock.Instant, send: (String) throws(NATSError) -> Void
    ) async throws(NATSError) -> NATSMessage {
        if Task.isCancelled { throw .requestCancelled }
        guard let (id, slot, timer) = table.withLock({ $0.open(deadline: deadline) }) else { throw .connectionClosed }
        defer { table.withLock { $0.remove(id) } }
        if let timer { arm(timer) }
        try send(replySubject(id))
        guard let outcome = await slot.wait() else { throw .requestCancelled }
        return try outcome.get()
    }

    /// Has a handler called with one reply, or with what came instead of it: on the connection's loop, on a timer's thread,
    /// or before this returns.
    /// - Parameter send: sends the request, with the reply subject it is given.
    func request(
        deadline: ContinuousClock.Instant, send: (String) throws(NATSError) -> Void,
        onReply: @escaping @Sendable (RequestTable.Outcome) -> Void
    ) {
        guard let (id, timer) = table.withLock({ $0.open(deadline: deadline, onReply) }) else {
            return onReply(.failure(.connectionClosed))
        }
        if let timer { arm(timer) }
        do throws(NATSError) {
            try send(replySubject(id))
        } catch {
            perform(table.withLock { $0.fail(id, with: error) })
        }
    }

    /// Makes room for any number of replies.
    /// - Returns: the stream's number, and the subject to reply on.
    func openStream(idleTimeout: Duration) throws(NATSError) -> (id: UInt64, reply: String) {
        let stream = table.withLock { $0.openStream(idle: idleTimeout, now: .now, limit: NATSReplies.bufferLimit) }
        guard let (id, timer) = stream else { throw .connectionClosed }
        if let timer { arm(timer) }
        return (id, replySubject(id))
    }

    /// The stream's next reply; nil at its end.
    func nextReply(_ id: UInt64) async throws(NATSError) -> NATSMessage? {
        while true {
            switch table.withLock({ $0.poll(id) }) {
            case .message(let message): return message
            case .end: return nil
            case .failed(let error): throw error
            case .wait(let slot): if await slot.wait() == nil { throw .requestCancelled }
            }
        }
    }

    /// Nobody takes from the stream any more.
    func closeStream(_ id: UInt64) { table.withLock { $0.remove(id) } }

    /// Fails everyone who waits, now and later, and lets the subscription go, which holds the connection and with it this
    /// object.
    func close() {
        table.withLock { $0.close() }.forEach(perform)
        _ = subscription.withLock { $0.take() }
    }

    private func replySubject(_ id: UInt64) -> String { prefix + String(id, radix: 36) }

    private func arm(_ timer: ContinuousClock.Instant) {
        let delay = DispatchTimeInterval.nanoseconds(max(0, (timer - .now).nanoseconds))
        Self.timers.asyncAfter(deadline: .now() + delay) { [weak self] in self?.expire(timer) }
    }

    private func expire(_ timer: ContinuousClock.Instant) {
        let (actions, next) = table.withLock { $0.expire(timer, now: .now) }
        if let next { arm(next) }
        actions.forEach(perform)
    }

    private func perform(_ action: RequestTable.Action) {
        switch action {
        case .none: break
        case .finish(let slot, let outcome): slot.resume(outcome)
        case .call(let handler, let outcome): handler(outcome)
        case .wake(let slot): slot.resume()
        }
    }
}
