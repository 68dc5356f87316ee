internal import CNATS
internal import Synchronization

extension NATSConnection {
    /// Subscribes. The server knows of it before anything that is published afterwards on this connection.
    /// - Parameters:
    ///   - subject: may have wildcards.
    ///   - queueGroup: of the members of a group one gets each message.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/closed``.
    package func subscribe(_ subject: String, queueGroup: String? = nil) throws(NATSError) -> NATSSubscription {
        guard NATSSubject.isValidPattern(subject) else {
            throw NATSError(.invalidSubject, "not a subject to subscribe to: \"\(subject.prefix(80))\"")
        }
        if let queueGroup, !NATSSubject.isValidQueueGroup(queueGroup) {
            throw NATSError(.invalidSubject, "not a queue group: \"\(queueGroup.prefix(80))\"")
        }
        let subscription = NATSSubscription(subject, queueGroup: queueGroup, connection: self)
        subscriptions.withLock { $0[ObjectIdentifier(subscription)] = subscription }
        do throws(NATSError) {
            // Without a connection of the library now, the next one takes it along.
            if let link { try subscription.attach(to: link, completions: completions) }
            if state.withLock({ $0.isClosing }) { throw .connectionClosed }
        } catch {
            let error = corrected(error)
            guard error.code == .notConnected else {
                subscription.end()
                throw error
            }
        }
        return subscription
    }

    /// Sends a message; kept and sent later while the server is away. Blocks up to the write deadline if the server does
    /// not read.
    /// - Throws: ``NATSError/Code/invalidSubject``, ``NATSError/Code/invalidHeader``, ``NATSError/Code/tooLarge``,
    ///   ``NATSError/Code/bufferFull``, ``NATSError/Code/notConnected`` (only while the server refuses the sign-in),
    ///   ``NATSError/Code/closed``.
    package func publish(
        _ payload: [UInt8], to subject: String, reply: String? = nil, headers: [(name: String, value: String)] = []
    ) throws(NATSError) {
        guard NATSSubject.isValid(subject) || NATSSubject.isValidKey(subject) else {
            throw NATSError(.invalidSubject, "not a subject to publish on: \"\(subject.prefix(80))\"")
        }
        if let reply, !NATSSubject.isValid(reply) {
            throw NATSError(.invalidSubject, "not a subject to reply on: \"\(reply.prefix(80))\"")
        }
        if !headers.isEmpty { try Self.check(headers) }
        let link = try usableLink()
        // The library checks too, but not before its first connection; a server then closes it for that.
        if payload.count > Self.defaultMaxPayload, payload.count > link.maxPayload ?? Self.defaultMaxPayload {
            throw NATSError(.tooLarge, "a payload of \(payload.count) bytes is larger than the NATS server takes")
        }
        let count = Int32(payload.count)
        // The library copies subject, reply and payload, or writes them out, before it returns.
        let status = unsafe payload.withUnsafeBytes { bytes in
            if !headers.isEmpty { return unsafe Self.publish(link, subject, reply, headers, bytes) }
            if let reply {
                return unsafe natsConnection_PublishRequest(link.pointer, subject, reply, bytes.baseAddress, count)
            }
            return unsafe natsConnection_Publish(link.pointer, subject, bytes.baseAddress, count)
        }
        guard status == NATS_OK else { throw corrected(NATSError(status, "cannot publish")) }
    }

    /// Sends a request and waits for one reply, without a thread.
    /// - Parameter timeout: for the whole.
    /// - Throws: what ``publish(_:to:reply:headers:)`` does, and ``NATSError/Code/noResponders``,
    ///   ``NATSError/Code/timeout``, ``NATSError/Code/cancelled``.
    package func request(
        _ payload: [UInt8], to subject: String, headers: [(name: String, value: String)] = [], timeout: Duration
    ) async throws(NATSError) -> NATSMessage {
        try requests.attach(to: usableLink(), completions: completions)
        return try await requests.request(timeout: timeout) { reply throws(NATSError) in
            try publish(payload, to: subject, reply: reply, headers: headers)
        }
    }

    /// Sends a request and gives all its replies, until an empty message without headers.
    /// - Parameter idleTimeout: between two replies, and before the first.
    /// - Throws: what ``publish(_:to:reply:headers:)`` does; the sequence throws the rest.
    package func requestMany(
        _ payload: [UInt8], to subject: String, headers: [(name: String, value: String)] = [], idleTimeout: Duration
    ) throws(NATSError) -> NATSReplies {
        try requests.attach(to: usableLink(), completions: completions)
        let (id, reply) = try requests.openStream(idleTimeout: idleTimeout)
        let replies = NATSReplies(id: id, inbox: requests)
        try publish(payload, to: subject, reply: reply, headers: headers)
        return replies
    }

    func forget(_ subscription: NATSSubscription) {
        _ = subscriptions.withLock { $0.removeValue(forKey: ObjectIdentifier(subscription)) }
    }
}
