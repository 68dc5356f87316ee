import Conversations
import ServiceRuntime
import Synchronization

/// The documents of one kind that are in memory, and who waits for their changes to be stored.
final class ReplicaMemory<Value: StoredDocument>: Sendable {
    private struct State {
        var table: ReplicaTable<Value>
        var waiters = WaiterTable<Changed<Value.Outcome>>()
        /// For which document somebody waits, and what the change led to at first.
        var awaited: [UInt64: (name: String, outcome: Value.Outcome)] = [:]
        var nextNumber: UInt64 = 1
        /// Those that somebody writes right now.
        var served: Set<String> = []
        /// Those with changes that nobody waits for.
        var noted: Set<String> = []
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

    /// The names of documents with something to be written.
    func dirty(atMost count: Int) -> [String] { state.withLock { Array($0.table.dirty.prefix(count)) } }

    // MARK: reading

    /// The document, if it is known to be the latest.
    func fresh(_ name: String, _ generation: Int) -> Value? {
        state.withLock { state in
            guard let replica = state.table.peek(name), replica.isFresh(generation) else { return nil }
            return replica.view
        }
    }

    /// The document as it is in memory.
    func view(_ name: String) -> Value? { state.withLock { $0.table.peek(name)?.view } }

    /// Somebody wrote the document.
    func heard(of revision: UInt64, _ name: String) {
        state.withLock { $0.table.updateIfPresent(name) { $0.heard(of: revision) } }
    }

    /// Takes over what was read. Returns the document with the changes made here, those of them that are settled, and how
    /// many documents left memory unwritten.
    func absorb(
        _ found: Replica<Value>.Found, _ name: String, _ generation: Int
    ) -> (view: Value, settled: [Replica<Value>.Pending], lost: Int) {
        state.withLock { state in
            let (settled, view) = state.table.update(name) {
                ($0.absorb(found, generation: generation), $0.view)
            }
            return (view, settled, state.table.makeRoom())
        }
    }

    // MARK: changing

    /// Makes a change. Returns what became of it, its number, and how many documents left memory unwritten.
    func add(
        _ change: Value.Change, to name: String, isAwaited: Bool, generation: Int
    ) -> (added: Replica<Value>.Added, number: UInt64, lost: Int) {
        state.withLock { state in
            let number = state.nextNumber
            state.nextNumber += 1
            let added = state.table.update(name) {
                $0.add(
                    change, number: number, isAwaited: isAwaited, generation: generation,
                    maxPending: limits.pendingChanges)
            }
            if isAwaited, case .pending(let outcome) = added {
                state.waiters.add(number)
                state.awaited[number] = (name, outcome)
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
            guard let (name, first) = state.awaited[number] else { return nil }
            return state.table.peek(name)?.pending.first { $0.number == number }?.outcome ?? first
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
    func noted(_ name: String) -> Bool {
        state.withLock { state in
            defer { state.noted.insert(name) }
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
    func beginServing(_ name: String) -> Bool { state.withLock { $0.served.insert(name).inserted } }

    /// Whoever wrote it is done, unless there is something again, and it can be written.
    func endServing(_ name: String, canWrite: Bool) -> Bool {
        state.withLock { state in
            if canWrite, state.table.peek(name)?.isDirty == true { return false }
            state.served.remove(name)
            return true
        }
    }

    /// Changes the document's state.
    func update<Result: Sendable>(_ name: String, _ body: (inout Replica<Value>) -> Result) -> Result {
        state.withLock { $0.table.update(name, body) }
    }
}
