package import Conversations
import NATSClient
import ServiceRuntime

/// Documents of one kind in a ``StateBucket``.
///
/// What is in use is in memory too, and taken for the latest until it is forgotten or NATS was away: a document is one
/// instance's at a time, or is trusted for a short while only (``ReplicaLimits/trust``). A change is made in memory at once,
/// written with the revision that was read, and made anew on what another instance wrote where that was faster. One write at
/// a time for each document takes along all changes made meanwhile.
///
/// In memory a document goes by its key too: names that differ in how they are written only are equal as strings.
package final class ReplicatedDocuments<Value: StoredDocument>: DocumentStore {
    let prefix: String
    let bucket: StateBucket
    let memory: ReplicaMemory<Value>
    private let limits: ReplicaLimits
    private let deadlines: Deadlines<UInt64>
    private let began: ContinuousClock.Instant

    init(prefix: String, bucket: StateBucket, limits: ReplicaLimits) {
        self.prefix = prefix
        self.bucket = bucket
        self.limits = limits
        began = bucket.time.now
        let memory = ReplicaMemory<Value>(limits: limits)
        self.memory = memory
        deadlines = Deadlines(time: bucket.time) { [weak bucket] number in
            bucket?.wasSlow()
            memory.stopWaiting(number)
        }
    }

    /// The documents in memory, their bytes, and those of them that are to be written.
    package var load: (count: Int, bytes: Int, dirty: Int) { memory.load }

    // MARK: reading

    /// The document of that name: from memory where it is known to be the latest, else from the bucket; where that cannot
    /// be read, what is in memory.
    package func value(_ name: String) async -> Value {
        let key = RecordKey.encode(name, prefix: prefix)
        if let value = memory.fresh(key, earliest) { return value }
        await bucket.opened()
        do throws(NATSError) {
            return try await read(key)
        } catch {
            return memory.view(key) ?? Value()
        }
    }

    /// This moment.
    var now: Replica<Value>.Moment { moment(before: .zero) }

    /// The moment since which a copy counts as the latest.
    private var earliest: Replica<Value>.Moment { moment(before: limits.trust ?? .zero) }

    private func moment(before age: Duration) -> Replica<Value>.Moment {
        Replica<Value>.Moment(
            generation: bucket.generation, time: limits.trust == nil ? began : bucket.time.now - age)
    }

    /// Reads the document.
    func read(_ key: String) async throws(NATSError) -> Value {
        guard bucket.canRead else { throw StateBucket.isDown }
        let (reading, lost) = memory.beginReading(key, now: now)
        bucket.lost(lost)
        return absorb(try await bucket.get(key), key, reading)
    }

    private func absorb(
        _ entry: NATSKeyValue.Entry?, _ key: String, _ reading: Replica<Value>.Reading
    ) -> Value {
        var found = Replica<Value>.Found.nothing
        var isPersisted = true
        if let entry {
            switch Record<Value>.read(entry.value) {
            case .document(let value, let writer):
                found = .document(value, writer: writer, revision: entry.revision)
            case .foreign(let reason):
                found = .foreign
                isPersisted = false
                bucket.tell(.foreign(key: key, reason: reason))
            }
        }
        let (view, settled) = memory.absorb(found, key, reading)
        memory.settle(settled, isPersisted: isPersisted)
        return view
    }

    /// Has the documents read again before they are used; what is not written yet is written all the same.
    package func forget(_ shouldForget: (_ name: String) -> Bool) {
        for key in memory.keys where shouldForget(RecordKey.decode(key, prefix: prefix) ?? "") { memory.forget(key) }
    }

    // MARK: changing

    /// Makes a change. What is returned waits until it is stored, as long as the bucket is there and quick.
    package func begin(_ name: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome> {
        let key = RecordKey.encode(name, prefix: prefix)
        let (added, number) = add(change, to: key, isAwaited: true)
        if case .settled(let outcome, let isPersisted) = added {
            return { Changed(outcome, isPersisted: isPersisted) }
        }
        wake(key)
        if bucket.isWorthWaiting {
            deadlines.add(number, at: bucket.time.now + limits.patience)
        } else {
            memory.stopWaiting(number)
        }
        return { [memory, deadlines] in
            defer { deadlines.remove(number) }
            return await memory.wait(number)
        }
    }

    /// Makes a change that is stored within a second or so.
    package func note(_ name: String, _ change: Value.Change) {
        let key = RecordKey.encode(name, prefix: prefix)
        guard case (.pending, _) = add(change, to: key, isAwaited: false), memory.noted(key) else { return }
        bucket.time.call(at: bucket.time.now + limits.noteDelay) {
            for key in self.memory.takeNoted() { self.wake(key) }
        }
    }

    private func add(
        _ change: Value.Change, to key: String, isAwaited: Bool
    ) -> (added: Replica<Value>.Added, number: UInt64) {
        let (added, number, lost) = memory.add(
            change, to: key, isAwaited: isAwaited, earliest: earliest)
        bucket.lost(lost)
        return (added, number)
    }
}

extension ReplicatedDocuments: Replicating {
    func forget(_ name: String) { memory.forget(RecordKey.encode(name, prefix: prefix)) }

    func writeAll(atMost count: Int?) { for key in memory.dirty(atMost: count) { wake(key) } }

    func stopWaiting() { memory.stopWaiting() }

    var dirtyCount: Int { memory.load.dirty }
}
