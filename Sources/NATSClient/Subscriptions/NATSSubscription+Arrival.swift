extension NATSSubscription {
    /// What came within a time.
    enum Arrival: Sendable {
        case messages([NATSMessage])
        /// Not even a heartbeat.
        case silence
        /// The subscription is over, or the task is cancelled.
        case end
    }

    /// All that has come, or comes within that time. Cancels nothing but the waiting.
    func next(within limit: Duration) async -> Arrival {
        await withTaskGroup(of: Arrival.self) { group in
            group.addTask {
                var batch: [NATSMessage] = []
                return await self.nextBatch(&batch) ? .messages(batch) : .end
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .silence
            }
            let first = await group.next() ?? .end
            group.cancelAll()
            // Both may be over at once; messages that have been taken must not be lost.
            if case .messages(let messages) = await group.next() { return .messages(messages) }
            return first
        }
    }
}
