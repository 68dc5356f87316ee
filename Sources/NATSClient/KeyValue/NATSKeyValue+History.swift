extension NATSKeyValue {
    /// The values that a key has had, as far as the bucket keeps them.
    package struct History: Sendable {
        /// The oldest first; those from before a deletion are left out.
        package var entries: [Entry] = []
        /// The latest revision, a deletion included; 0: none. What ``NATSKeyValue/append(_:_:after:timeout:)`` is given.
        package var revision: UInt64 = 0

        /// None.
        package init() {}
    }

    /// Reads a key's values: the last one, and those from the revision on that it is asked for.
    ///
    /// A single value is one request; for more of them a consumer of the server sends what there is, and is deleted.
    /// - Parameters:
    ///   - start: the revision to begin with, by the last value.
    ///   - timeout: for the whole; nil: as the options say.
    /// - Throws: ``NATSError/Code/invalidKey``.
    package func history(
        _ key: String, from start: (Entry) -> UInt64, timeout: Duration? = nil
    ) async throws(NATSError) -> History {
        let (subject, deadline) = (try names.subject(key), deadline(timeout))
        var history = History()
        guard let last = try await last(subject, deadline: deadline) else { return history }
        history.revision = last.revision
        guard !last.isMarker else { return history }
        let entry = Entry(key: key, value: last.value, revision: last.revision)
        history.entries = [entry]
        let first = start(entry)
        guard first < last.revision else { return history }
        history = History()
        // Another server than the leader may send it, which has not got as far.
        try await read(.history(subject: subject, from: first), through: last.revision, until: deadline) { change in
            history.add(change)
        }
        return history
    }

    /// Adds a value to a key's, if its latest revision, a deletion included, is still this one; 0: if there is none.
    /// - Returns: its revision.
    /// - Throws: ``NATSError/Code/wrongRevision`` if it is another; ``NATSError/Code/invalidKey``,
    ///   ``NATSError/Code/tooLarge``.
    package func append(
        _ key: String, _ value: [UInt8], after revision: UInt64, timeout: Duration? = nil
    ) async throws(NATSError) -> UInt64 {
        try await write(value, to: names.subject(key), expecting: revision, deadline: deadline(timeout))
    }

    /// Whether ``append(_:_:after:onEnd:)`` can be called: where several servers keep the bucket, a write may take more than
    /// one request.
    package var appendsInOneRequest: Bool { !isReplicated }

    /// The same without a task: has `onEnd` called with the revision, or with what ``append(_:_:after:timeout:)`` throws,
    /// once; on the connection's loop, on a timer's thread, or before this returns. It must not block.
    package func append(
        _ key: String, _ value: [UInt8], after revision: UInt64,
        onEnd: @escaping @Sendable (Result<UInt64, NATSError>) -> Void
    ) {
        do throws(NATSError) {
            let headers = [("Nats-Expected-Last-Subject-Sequence", String(revision))]
            api.exchange(value, with: try names.subject(key), headers: headers, deadline: deadline(nil)) { reply in
                do throws(NATSError) {
                    onEnd(.success(try Self.stored(reply).seq))
                } catch {
                    onEnd(.failure(error))
                }
            }
        } catch {
            onEnd(.failure(error))
        }
    }
}

extension NATSKeyValue.History {
    fileprivate mutating func add(_ change: KeyValueChange) {
        revision = change.revision
        if let value = change.value {
            entries.append(NATSKeyValue.Entry(key: change.key, value: value, revision: revision))
        } else {
            entries = []
        }
    }
}
