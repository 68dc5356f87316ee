extension NATSKeyValue {
    /// Writes a key's message.
    ///
    /// - Parameters:
    ///   - revision: the one that the key must have; nil: any.
    ///   - operation: what it says of the key, where it is no value.
    func write(
        _ value: [UInt8], to subject: String, expecting revision: UInt64? = nil, operation: String? = nil,
        deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> UInt64 {
        var headers: [(name: String, value: String)] = []
        if let revision { headers.append(("Nats-Expected-Last-Subject-Sequence", String(revision))) }
        if let operation { headers.append((KeyValueMarker.header, operation)) }
        if operation == KeyValueMarker.purge { headers.append(("Nats-Rollup", "sub")) }
        guard isReplicated, let revision, revision > 0 else {
            return try await publish(value, to: subject, headers, deadline).seq
        }
        return try await write(value, to: subject, over: revision, headers, deadline)
    }

    /// Writes over a revision, where several servers keep the bucket.
    ///
    /// There nats-server 2.9.10 (and others) checks the revision when a write comes in, and not again when the servers have
    /// agreed on it: of two writes over the same revision at the same time it takes both, and the first is lost. What it
    /// does refuse is a second message with the same id; so the revision to be written over is the id.
    private func write(
        _ value: [UInt8], to subject: String, over revision: UInt64, _ headers: [(name: String, value: String)],
        _ deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> UInt64 {
        var attempt = 0
        while true {
            let id = ("Nats-Msg-Id", "\(subject) \(revision) \(attempt)")
            let stored = try await publish(value, to: subject, headers + [id], deadline)
            if stored.duplicate != true { return stored.seq }
            guard try await keeps(revision, subject, deadline) else {
                throw NATSError(.wrongRevision, "cannot write a key: the key has changed", detail: "a write at a time")
            }
            // Whoever wrote over it at the same time has failed, and the id stays taken for a while.
            attempt += 1
        }
    }

    /// Whether a key that somebody writes keeps its revision, for all that can be seen in half a second.
    private func keeps(
        _ revision: UInt64, _ subject: String, _ deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> Bool {
        let end = min(deadline, .now + .milliseconds(500))
        var delay = Duration.milliseconds(1)
        repeat {
            if try await last(subject, deadline: deadline)?.revision != revision { return false }
            do {
                try await Task.sleep(for: delay)
            } catch {
                throw .requestCancelled
            }
            delay *= 2
        } while .now < end
        return true
    }

    private func publish(
        _ value: [UInt8], to subject: String, _ headers: [(name: String, value: String)],
        _ deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> JetStream.Stored {
        let end = min(deadline, .now + .milliseconds(500))
        while true {
            let failure: NATSError
            do throws(NATSError) {
                let reply = try await api.exchange(value, with: subject, headers: headers, deadline: deadline)
                return try Self.stored(.success(reply))
            } catch {
                failure = error
            }
            // The server tells of a bucket that somebody has just made before it listens to its subjects.
            guard failure.code == .noResponders, .now < end, await isThere(deadline) else {
                return try Self.stored(.failure(failure))
            }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                throw .requestCancelled
            }
        }
    }

    /// Whether the server knows the bucket.
    private func isThere(_ deadline: JetStreamAPI.Deadline) async -> Bool {
        let answer = try? await api.ask(
            "STREAM.INFO." + names.stream, JetStream.NoQuestion(), for: JetStream.Stream.self, deadline: deadline)
        if case .success? = answer { return true }
        return false
    }

    /// What the reply to a write says.
    static func stored(_ reply: Result<NATSMessage, NATSError>) throws(NATSError) -> JetStream.Stored {
        switch reply {
        case .success(let reply):
            if let sequence = JetStream.storedSequence(reply.payload) {
                return JetStream.Stored(seq: sequence, duplicate: nil)
            }
            let answer = try JetStreamAPI.read(reply, as: JetStream.Stored.self)
            return try answer.mapError { NATSError($0, "cannot write a key") }.get()
        case .failure(let error):
            guard error.code == .noResponders else { throw error }
            // Nobody keeps that subject: the bucket is gone, or JetStream is.
            throw NATSError(.noBucket, "cannot write a key: nobody keeps the key-value bucket")
        }
    }
}
