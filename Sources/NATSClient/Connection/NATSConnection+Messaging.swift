internal import CNATS
internal import Concurrency
internal import Synchronization

extension NATSConnection {
    /// A subject that nobody else has, on which replies can be awaited.
    package func newInbox() -> String { NATSSubject.newInbox(prefix: options.inboxPrefix) }

    /// Subscribes. The server knows of it before anything that is published afterwards on this connection.
    /// - Parameters:
    ///   - subject: may have wildcards.
    ///   - queueGroup: of the members of a group one gets each message.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/closed``.
    package func subscribe(_ subject: String, queueGroup: String? = nil) throws(NATSError) -> NATSSubscription {
        let queue = MessageQueue()
        let subscription = try subscribe(subject, queueGroup: queueGroup) { [unowned self] message in
            if let dropped = queue.receive(message) { tell(.slowConsumer(subject: subject, dropped: dropped)) }
        } onEnd: {
            queue.finish()
        }
        return NATSSubscription(subscription, queue)
    }

    /// Subscribes; the handler is called on ``loop`` for each message.
    ///
    /// It begins a task that needs no hop with `Task(executorPreference: connection.loop) { … }`.
    /// - Parameters:
    ///   - subject: may have wildcards.
    ///   - queueGroup: of the members of a group one gets each message.
    ///   - onMessage: must not block nor take long.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/closed``.
    package func subscribe(
        _ subject: String, queueGroup: String? = nil, onMessage: @escaping @Sendable (NATSMessage) -> Void
    ) throws(NATSError) -> NATSDirectSubscription {
        try subscribe(subject, queueGroup: queueGroup, onMessage: onMessage, onEnd: {})
    }

    /// - Parameters:
    ///   - onEnd: called once, after the last message.
    func subscribe(
        _ subject: String, queueGroup: String? = nil,
        onMessage: @escaping @Sendable (NATSMessage) -> Void, onEnd: @escaping @Sendable () -> Void
    ) throws(NATSError) -> NATSDirectSubscription {
        guard NATSSubject.isValidPattern(subject) else {
            throw NATSError(.invalidSubject, "not a subject to subscribe to: \"\(subject.prefix(80))\"")
        }
        if let queueGroup, !NATSSubject.isValidQueueGroup(queueGroup) {
            throw NATSError(.invalidSubject, "not a queue group: \"\(queueGroup.prefix(80))\"")
        }
        let subscription = NATSDirectSubscription(
            subject, queueGroup: queueGroup, connection: self, onMessage: onMessage, onEnd: onEnd)
        subscriptions.withLock { $0[ObjectIdentifier(subscription)] = subscription }
        do throws(NATSError) {
            try attach(subscription)
            try checkOpen()
        } catch {
            let error = corrected(error)
            // Without a server now, the next connection takes it along.
            guard error.code == .notConnected else {
                subscription.end()
                throw error
            }
        }
        return subscription
    }

    /// Subscribes and ends that at once, to learn from ``denied``, after a ``flush(timeout:)``, whether it may be done. The
    /// server reads both at a time, so that a queue group's other members miss nothing but by the rarest chance.
    package func trySubscription(to subject: String, queueGroup: String? = nil) async throws(NATSError) {
        let result = await loop.run { () -> Result<Void, NATSError> in
            do throws(NATSError) {
                try self.subscribe(subject, queueGroup: queueGroup) { _ in }.abandon()
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    private func attach(_ subscription: NATSDirectSubscription) throws(NATSError) {
        enum Step {
            case take(LibrarySubscription)
            case tell(LibraryConnection)
            case nothing
        }
        let step = try outbox.withLock { outbox throws(NATSError) -> Step in
            if let link = outbox.directLink {
                return try subscription.attach(to: link).map { .take($0) } ?? .nothing
            }
            guard let link = outbox.link else { return .nothing }
            // For the link's loop: the library may be busy writing.
            _ = outbox.add { [unowned self] in
                guard self.link === link, let library = try? subscription.attach(to: link) else { return }
                link.signals.perform { $0.add(library) }
            }
            return .tell(link)
        }
        switch step {
        case .take(let library): library.link.signals.perform { $0.add(library) }
        case .tell(let link): link.signals.perform { $0.requestFlush() }
        case .nothing: break
        }
    }

    /// Takes a subscription of the library from its loop; what had come before has been delivered then.
    func remove(_ library: LibrarySubscription) async {
        let link = library.link
        await link.loop.run { link.signals.perform { $0.remove(library) } }
        // What has been handed over comes before the end.
        if link.loop !== loop { await loop.run {} }
    }

    /// Hands messages from the loop that has the socket to the one on which handlers are called; beyond
    /// ``NATSSubscription/bufferLimit`` messages on their way they are dropped.
    func forward(_ messages: [(receiver: any MessageReceiving, message: NATSMessage)]) {
        let before = forwarding.add(messages.count, ordering: .relaxed).oldValue
        if before > NATSSubscription.bufferLimit {
            forwarding.subtract(messages.count, ordering: .relaxed)
            if let first = messages.first?.receiver {
                tell(.slowConsumer(subject: first.subject, dropped: messages.count))
            }
            return
        }
        loop.execute {
            for (receiver, message) in messages { receiver.receive(message) }
            self.forwarding.subtract(messages.count, ordering: .relaxed)
        }
    }

    /// Sends a message: writes it at the end of the loop's turn, with all that is published meanwhile. Kept and sent later
    /// while the server is away or does not read, up to ``NATSOptions/reconnectBufferBytes``. Never blocks. From any thread.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/invalidHeader``, ``NATSError/Code/tooLarge``,
    ///   ``NATSError/Code/bufferFull``, ``NATSError/Code/closed``.
    package func publish(
        _ payload: [UInt8], to subject: String, reply: String? = nil, headers: [(name: String, value: String)] = []
    ) throws(NATSError) {
        guard NATSSubject.isPublishable(subject) else {
            throw NATSError(.invalidSubject, "not a subject to publish on: \"\(subject.prefix(80))\"")
        }
        if let reply, !NATSSubject.isValid(reply) {
            throw NATSError(.invalidSubject, "not a subject to reply on: \"\(reply.prefix(80))\"")
        }
        if !headers.isEmpty { try Self.check(headers) }
        if payload.count > maxPayload {
            throw NATSError(.tooLarge, "a payload of \(payload.count) bytes is larger than the NATS server takes")
        }
        try checkOpen()
        let size = OutgoingMessage.size(subject, reply, headers, payload.count)
        let told = try outbox.withLock { outbox throws(NATSError) -> LibraryConnection? in
            switch outbox.admit(size) {
            case .send(let link):
                let status = Self.send(payload, to: subject, reply: reply, headers: headers, on: link)
                // The library has seen the connection's end, and its loop has not yet.
                if status == NATS_CONNECTION_CLOSED {
                    outbox.putBack(
                        OutgoingMessage(subject: subject, reply: reply, headers: headers, payload: payload))
                } else if status != NATS_OK {
                    throw NATSError(status, "cannot publish")
                }
                return nil
            case .queue(let link):
                outbox.add(OutgoingMessage(subject: subject, reply: reply, headers: headers, payload: payload))
                return link
            case .full: throw .outboxFull
            }
        }
        told?.signals.perform { $0.requestFlush() }
    }

    /// For the link's loop: gives the library what waits. Returns whether something waits still.
    func moveOutbox(to link: LibraryConnection) -> Bool {
        while true {
            var failure: NATSError?
            let (work, isOver, hasMore) = outbox.withLock { outbox -> ((@Sendable () -> Void)?, Bool, Bool) in
                guard outbox.link === link, let item = outbox.next() else { return (nil, true, !outbox.isEmpty) }
                switch item {
                case .work(let work): return (work, false, true)
                case .message(let message):
                    // Under the lock, so that nothing overtakes it.
                    let status = Self.send(
                        message.payload, to: message.subject, reply: message.reply, headers: message.headers, on: link)
                    if status == NATS_CONNECTION_CLOSED {
                        outbox.putBack(message)
                    } else if status != NATS_OK {
                        failure = NATSError(status, "cannot send what waited")
                    }
                    return (nil, false, true)
                }
            }
            if let failure { failed(failure.description) }
            if isOver { return hasMore }
            work?()
        }
    }

    private static func send(
        _ payload: [UInt8], to subject: String, reply: String?, headers: [(name: String, value: String)],
        on link: LibraryConnection
    ) -> natsStatus {
        let count = Int32(payload.count)
        // The library copies subject, reply and payload before it returns.
        return unsafe payload.withUnsafeBytes { bytes in
            if !headers.isEmpty { return unsafe publish(link, subject, reply, headers, bytes) }
            if let reply {
                return unsafe natsConnection_PublishRequest(link.pointer, subject, reply, bytes.baseAddress, count)
            }
            // Passed as it is, a text is copied to an array first.
            return unsafe subject.withCString { subject in
                unsafe natsConnection_Publish(link.pointer, subject, bytes.baseAddress, count)
            }
        }
    }

    /// Sends a request and waits for one reply, without a thread.
    /// - Parameter timeout: for the whole.
    /// - Throws: what ``publish(_:to:reply:headers:)`` does, and ``NATSError/Code/noResponders``,
    ///   ``NATSError/Code/timeout``, ``NATSError/Code/cancelled``.
    package func request(
        _ payload: [UInt8], to subject: String, headers: [(name: String, value: String)] = [], timeout: Duration
    ) async throws(NATSError) -> NATSMessage {
        try requests.attach(to: self)
        return try await requests.request(deadline: .now + timeout) { reply throws(NATSError) in
            try publish(payload, to: subject, reply: reply, headers: headers)
        }
    }

    /// Sends a request and gives all its replies, until an empty message without headers.
    /// - Parameter idleTimeout: between two replies, and before the first.
    /// - Throws: what ``publish(_:to:reply:headers:)`` does; the sequence throws the rest.
    package func requestMany(
        _ payload: [UInt8], to subject: String, headers: [(name: String, value: String)] = [], idleTimeout: Duration
    ) throws(NATSError) -> NATSReplies {
        try requests.attach(to: self)
        let (id, reply) = try requests.openStream(idleTimeout: idleTimeout)
        let replies = NATSReplies(id: id, inbox: requests)
        try publish(payload, to: subject, reply: reply, headers: headers)
        return replies
    }

    func forget(_ subscription: NATSDirectSubscription) {
        _ = subscriptions.withLock { $0.removeValue(forKey: ObjectIdentifier(subscription)) }
    }
}

extension NATSError {
    static let outboxFull = NATSError(.bufferFull, "cannot publish: too much waits for the NATS server already")
}
