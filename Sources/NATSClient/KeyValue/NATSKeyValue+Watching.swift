extension NATSKeyValue {
    /// Tells what is in the bucket, and then what changes, of all keys.
    /// - Parameter timeout: until the server has agreed; nil: as the options say.
    package func watch(timeout: Duration? = nil) async throws(NATSError) -> NATSKeyValueChanges {
        try await changes(.values, timeout: timeout)
    }

    /// The keys that are there, in no order; empty for an empty bucket.
    /// - Parameter timeout: for the whole; nil: as the options say.
    package func keys(timeout: Duration? = nil) async throws(NATSError) -> [String] {
        let deadline = deadline(timeout)
        let (feed, initial) = try await openFeed(.keys, deadline: deadline)
        defer { feed.end() }
        var progress = KeyValueProgress(names, initial: initial, skipsInitialMarkers: false)
        var keys: Set<String> = []
        while !progress.isCurrent {
            switch await feed.next(within: deadline - .now) {
            case .messages(let messages):
                for message in messages where !progress.isCurrent {
                    switch progress.receive(message) {
                    case .tell(let changes): changes.forEach { note($0, in: &keys) }
                    case .answer(let subject): feed.answer(subject)
                    case .lost: throw NATSError(.timeout, "not all keys of the bucket have arrived")
                    }
                }
            case .silence: throw Task.isCancelled ? .watchCancelled : .timedOut
            case .end: throw Task.isCancelled ? .watchCancelled : .connectionClosed
            }
        }
        return Array(keys)
    }

    private func note(_ change: NATSKeyValueChange, in keys: inout Set<String>) {
        guard case .changed(let key, let value, _) = change else { return }
        if value == nil { keys.remove(key) } else { keys.insert(key) }
    }

    private func changes(
        _ scope: KeyValueFeed.Scope, timeout: Duration?
    ) async throws(NATSError) -> NATSKeyValueChanges {
        let (feed, initial) = try await openFeed(scope, deadline: deadline(timeout))
        return NATSKeyValueChanges(self, scope, feed, initial: initial)
    }

    func openFeed(_ scope: KeyValueFeed.Scope, deadline: JetStreamAPI.Deadline) async throws(NATSError) -> (
        KeyValueFeed, initial: UInt64
    ) {
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
