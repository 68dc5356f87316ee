extension NATSKeyValue {
    /// Hands out the values that are there, in no order. What is written meanwhile may be among them.
    /// - Parameter body: takes a key's value; a key may come more than once, the last time with its latest revision.
    package func values(_ body: (Entry) -> Void) async throws(NATSError) {
        try await read(.values) { change in
            if let value = change.value { body(Entry(key: change.key, value: value, revision: change.revision)) }
        }
    }

    /// The keys that are there, in no order; empty for an empty bucket.
    /// - Parameter timeout: for the whole; nil: as the options say.
    package func keys(timeout: Duration? = nil) async throws(NATSError) -> Set<String> {
        var keys: Set<String> = []
        try await read(.keys, until: deadline(timeout)) { change in
            if change.value == nil { keys.remove(change.key) } else { keys.insert(change.key) }
        }
        return keys
    }

    /// Reads what there is of a scope, by a consumer of the server that is deleted afterwards.
    ///
    /// - Parameters:
    ///   - revision: what is read in any case, though the server that sends it may not have got there yet.
    ///   - deadline: of the whole; nil: as long as the server is there.
    func read(
        _ scope: KeyValueFeed.Scope, through revision: UInt64 = 0, until deadline: JetStreamAPI.Deadline? = nil,
        _ body: (KeyValueChange) -> Void
    ) async throws(NATSError) {
        let (feed, initial) = try await open(scope, deadline: deadline ?? self.deadline(nil))
        defer { feed.end() }
        var progress = KeyValueProgress(names, initial: initial)
        var last: UInt64 = 0
        while !progress.isCurrent || last < revision {
            switch await feed.next(within: deadline.map { $0 - .now } ?? KeyValueFeed.patience) {
            case .messages(let messages):
                for message in messages where !progress.isCurrent || last < revision {
                    switch progress.receive(message) {
                    case .tell(let change):
                        last = change.revision
                        body(change)
                    case .nothing: continue
                    case .answer(let subject): feed.answer(subject)
                    case .lost: throw NATSError(.timeout, "not all of a key-value bucket has arrived")
                    }
                }
            case .silence: throw Task.isCancelled ? .requestCancelled : .timedOut
            case .end: throw Task.isCancelled ? .requestCancelled : .connectionClosed
            }
        }
    }

    private func open(
        _ scope: KeyValueFeed.Scope, deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> (KeyValueFeed, initial: UInt64) {
        while true {
            // A cluster has one of its servers feed us, perhaps one that has just died: the next time it is another one.
            let limit = isReplicated ? min(deadline, .now + .milliseconds(500)) : deadline
            do throws(NATSError) {
                return try await KeyValueFeed.open(api, names, scope, deadline: limit)
            } catch {
                guard error.code == .timeout, limit < deadline else { throw error }
            }
        }
    }
}
