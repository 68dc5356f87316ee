internal import Synchronization

/// All requests of a connection: one wildcard subscription, on which each reply's last part says whose it is.
final class RequestInbox: Sendable {
    typealias Table = RequestTable<
        CheckedContinuation<Result<NATSMessage, NATSError>, Never>, CheckedContinuation<Void, Never>
    >

    private let prefix: String
    private let subject: String
    private let table = Mutex(Table())
    private let subscription = Mutex<NATSDirectSubscription?>(nil)
    private let timer = DeadlineTimer()

    /// - Parameter inboxPrefix: the first part of the reply subjects.
    init(inboxPrefix: String) {
        let inbox = NATSSubject.newInbox(prefix: inboxPrefix)
        prefix = inbox + "."
        subject = inbox + ".*"
        timer.start { [weak self] in self?.expire() }
    }

    // MARK: the subscription

    /// Subscribes, once. Requests on the connection are sent after that.
    func attach(to connection: NATSConnection) throws(NATSError) {
        try subscription.withLock { subscription throws(NATSError) in
            if subscription != nil { return }
            subscription = try connection.subscribe(subject, isInbox: true) { [unowned self] message in
                receive(message)
            } onEnd: {
            }
        }
    }

    private func receive(_ message: NATSMessage) {
        guard let id = UInt64(Substring(message.subject.utf8.dropFirst(prefix.utf8.count)), radix: 36) else { return }
        perform(table.withLock { $0.received(message, for: id, now: .now) })
    }

    // MARK: single requests

    /// Waits for one reply.
    /// - Parameter send: sends the request, with the reply subject it is given.
    func request(
        timeout: Duration, send: @Sendable (String) throws(NATSError) -> Void
    ) async throws(NATSError) -> NATSMessage {
        try await request(deadline: .now + timeout) { id in sendNow(id, send) }
    }

    /// Waits for one reply.
    /// - Parameter send: sends the request, with the reply subject it is given.
    func request(
        deadline: ContinuousClock.Instant, send: @Sendable (String) throws(NATSError) -> Void
    ) async throws(NATSError) -> NATSMessage {
        try await request(deadline: deadline) { id in sendNow(id, send) }
    }

    private func request(
        deadline: ContinuousClock.Instant, start: (UInt64) -> Void
    ) async throws(NATSError) -> NATSMessage {
        guard let id = table.withLock({ $0.reserve(deadline: deadline) }) else { throw .connectionClosed }
        setAlarm(at: deadline)
        let outcome: Table.Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let action = table.withLock { $0.store(continuation, for: id) }
                guard case .none = action else { return perform(action) }
                start(id)
            }
        } onCancel: {
            perform(table.withLock { $0.fail(id, with: .requestCancelled) })
        }
        return try outcome.get()
    }

    private func sendNow(_ id: UInt64, _ send: (String) throws(NATSError) -> Void) {
        do throws(NATSError) {
            try send(replySubject(id))
        } catch {
            perform(table.withLock { $0.fail(id, with: error) })
        }
    }

    // MARK: streams

    /// Makes room for any number of replies.
    /// - Returns: the stream's number, and the subject to reply on.
    func openStream(idleTimeout: Duration) throws(NATSError) -> (id: UInt64, reply: String) {
        let now = ContinuousClock.now
        let id = table.withLock { $0.openStream(idle: idleTimeout, now: now, limit: NATSReplies.bufferLimit) }
        guard let id else { throw .connectionClosed }
        setAlarm(at: now + idleTimeout)
        return (id, replySubject(id))
    }

    /// The stream's next reply; nil at its end.
    func nextReply(_ id: UInt64) async throws(NATSError) -> NATSMessage? {
        while true {
            switch table.withLock({ $0.poll(id) }) {
            case .message(let message): return message
            case .end: return nil
            case .failed(let error): throw error
            case .wait(let turn):
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        table.withLock { $0.storeStream(continuation, for: id, turn: turn) }?.resume()
                    }
                } onCancel: {
                    table.withLock { $0.cancelStream(id, turn: turn) }?.resume()
                }
                if Task.isCancelled { throw .requestCancelled }
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

    // MARK: -

    private func replySubject(_ id: UInt64) -> String { prefix + String(id, radix: 36) }

    private func setAlarm(at deadline: ContinuousClock.Instant) {
        // Under the lock, so that two settings of the timer keep their order.
        table.withLock { if $0.needsAlarm(at: deadline) { timer.set(after: deadline - .now) } }
    }

    private func expire() {
        let actions = table.withLock { table in
            let (actions, next) = table.expire(now: .now)
            if let next { timer.set(after: next - .now) }
            return actions
        }
        actions.forEach(perform)
    }

    private func perform(_ action: Table.Action) {
        switch action {
        case .none: break
        case .finish(let continuation, let outcome): continuation.resume(returning: outcome)
        case .wake(let continuation): continuation.resume()
        }
    }
}
