import Conversations
import ServiceRuntime
import Synchronization

/// The documents of one kind that are in memory, and who waits for their changes to be stored.
final class ReplicaMemory<Value: StoredDocument>: Sendable {
    private struct State {
        var table: ReplicaTable<Value>
        var waiters = WaiterTable<Changed<Value.Outcome>>()
        /// For which document somebody waits, and what the change led to at first.
        var awaited: [UInt64: (key: String, outcome: Value.Outcome)] = [:]
        /// Counts changes, reads and writes: what comes first has the smaller number.
        var lastNumber: UInt64 = 0
        /// Those that somebody writes right now.
        var served: Set<String> = []
        /// Those with changes that nobody waits for.
        var noted: Set<String> = []

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let limits: ReplicaLimits
    private let state: Mutex<State>

    init(limits: ReplicaLimits) {
        self.limits = limits
        state = Mutex(State(table: ReplicaTable(maxCount: limits.documents, maxBytes: limits.bytes)))
    }

    var load: (count: Int, bytes: Int, dirty: Int) {
        state.withLock { ($0.table.count, $0.table.bytes, $0.table.dirty.count) }
    }

    /// The keys of all documents with something to be written; or of at most so many of them, by chance.
    func dirty(atMost count: Int? = nil) -> [String] {
        state.withLock { state in
            let dirty = state.table.dirty
            guard let count, count < dirty.count else { return Array(dirty) }
            return Array(Set((0..<count).compactMap { _ in dirty.randomElement() }))
        }
    }

    /// Whether something of the document is to be written.
    func isDirty(_ key: String) -> Bool { state.withLock { $0.table.dirty.contains(key) } }

    // MARK: reading

    /// The document, if it is known to be the latest.
    func fresh(_ key: String, _ earliest: Replica<Value>.Moment) -> Value? {
        state.withLock { state in
            guard let replica = state.table.peek(key), replica.isFresh(earliest) else { return nil }
            return replica.view
        }
    }

    /// The document as it is in memory.
    func view(_ key: String) -> Value? { state.withLock { $0.table.peek(key)?.view } }

    /// The keys of the documents in memory.
    var keys: [String] { state.withLock { $0.table.keys } }

    /// The document may be another one by now: what is not written stays, the rest is read again.
    func forget(_ key: String) {
        state.withLock { state in
            let number = state.nextNumber()
            _ = state.table.updateIfPresent(key) { $0.forget(number: number) }
        }
    }

    /// Begins to read the document. Returns how many documents left memory unwritten.
    func beginReading(
        _ key: String, now: Replica<Value>.Moment
    ) -> (reading: Replica<Value>.Reading, lost: Int) {
        state.withLock { state in
            let number = state.nextNumber()
            let reading = state.table.update(key, since: number) { $0.beginReading(number: number, now: now) }
            return (reading, state.table.makeRoom())
        }
    }

    /// Takes over what was read. Returns the document with the changes made here, and those of them that are settled.
    func absorb(
        _ found: Replica<Value>.Found, _ key: String, _ reading: Replica<Value>.Reading
    ) -> (view: Value, settled: [Replica<Value>.Pending]) {
        state.withLock { state in
            let absorbed = state.table.updateIfPresent(key) { replica in
                let settled = replica.absorb(found, reading)
                return (replica.view, settled)
            }
            if let absorbed { return absorbed }
            // There was no room for it.
            if case .document(let value, _, _) = found { return (value, []) }
            return (Value(), [])
        }
    }

    // MARK: changing

    /// Makes a change. Returns what became of it, its number, and how many documents left memory unwritten.
    func add(
        _ change: Value.Change, to key: String, isAwaited: Bool, earliest: Replica<Value>.Moment
    ) -> (added: Replica<Value>.Added, number: UInt64, lost: Int) {
        state.withLock { state in
            let number = state.nextNumber()
            let added = state.table.update(key, since: number) {
                $0.add(
                    change, number: number, isAwaited: isAwaited, earliest: earliest,
                    maxPending: limits.pendingChanges)
            }
            if isAwaited, case .pending(let outcome) = added {
                state.waiters.add(number)
                state.awaited[number] = (key, outcome)
            }
            return (added, number, state.table.makeRoom())
        }
    }

    /// Waits until an awaited change is settled, or given up waiting for.
    func wait(_ number: UInt64) async -> Changed<Value.Outcome> {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { $0.waiters.wait(number, continuation) }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    /// These changes are stored, or never will be.
    func settle(_ changes: [Replica<Value>.Pending], isPersisted: Bool) {
        for change in changes where change.isAwaited {
            end(change.number, Changed(change.outcome, isPersisted: isPersisted))
        }
    }

    /// Whoever waits for this change waits no longer; it is stored later.
    func stopWaiting(_ number: UInt64) {
        let outcome = state.withLock { state -> Value.Outcome? in
            guard let (key, first) = state.awaited[number] else { return nil }
            return state.table.peek(key)?.pending.first { $0.number == number }?.outcome ?? first
        }
        if let outcome { end(number, Changed(outcome, isPersisted: false)) }
    }

    /// Nobody waits any longer.
    func stopWaiting() { for number in state.withLock({ Array($0.awaited.keys) }) { stopWaiting(number) } }

    private func end(_ number: UInt64, _ outcome: Changed<Value.Outcome>) {
        let continuation = state.withLock { state in
            state.awaited.removeValue(forKey: number) == nil ? nil : state.waiters.end(number, outcome)
        }
        continuation?.resume(returning: outcome)
    }

    /// The document has changes that nobody waits for. Returns whether it is the only one.
    func noted(_ key: String) -> Bool {
        state.withLock { state in
            defer { state.noted.insert(key) }
            return state.noted.isEmpty
        }
    }

    /// The documents noted since the last time.
    func takeNoted() -> Set<String> {
        state.withLock { state in
            defer { state.noted = [] }
            return state.noted
        }
    }

    // MARK: writing

    /// Whether nobody writes the document yet: from now on somebody does.
    func beginServing(_ key: String) -> Bool { state.withLock { $0.served.insert(key).inserted } }

    /// Whoever wrote it is done.
    func endServing(_ key: String) { _ = state.withLock { $0.served.remove(key) } }

    /// Begins to write the document, if it can be.
    func next(_ key: String, writer: String, generation: Int) -> Replica<Value>.Next {
        state.withLock { state in
            state.table.updateIfPresent(key) { $0.next(writer: writer, generation: generation) } ?? .nothing
        }
    }

    /// The write arrived. Returns the changes that are stored now.
    func landed(
        _ key: String, revision: UInt64, now: Replica<Value>.Moment, isWhole: Bool
    ) -> [Replica<Value>.Pending] {
        state.withLock { state in
            let number = state.nextNumber()
            let settled = state.table.updateIfPresent(key) {
                $0.landed(revision: revision, now: now, number: number, isWhole: isWhole)
            }
            return settled ?? []
        }
    }

    /// Changes the document's state, if it is still in memory.
    func update<Result: Sendable>(_ key: String, _ body: (inout Replica<Value>) -> Result) -> Result? {
        state.withLock { $0.table.updateIfPresent(key, body) }
    }
}
