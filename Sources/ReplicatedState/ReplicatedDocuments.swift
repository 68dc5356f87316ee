package import Conversations
import NATSClient
import ServiceRuntime
import Synchronization

/// Documents of one kind in a ``StateBucket``.
///
/// What is in use is in memory too, and taken for the latest until it is forgotten or NATS was away: a document is one
/// instance's at a time, or is trusted for a short while only (``ReplicaLimits/trust``). A change is made in memory at once,
/// written with the revision that was read, and made anew on what another instance wrote where that was faster. One write at
/// a time for each document takes along all changes of its record that were made meanwhile.
///
/// In memory a document goes by its key too: names that differ in how they are written only are equal as strings.
package final class ReplicatedDocuments<Value: StoredDocument>: DocumentStore {
    let prefix: String
    let bucket: StateBucket
    let table: Mutex<ReplicaTable<Value>>
    private let limits: ReplicaLimits
    private let began: ContinuousClock.Instant

    init(prefix: String, bucket: StateBucket, limits: ReplicaLimits) {
        self.prefix = prefix
        self.bucket = bucket
        self.limits = limits
        began = bucket.time.now
        table = Mutex(ReplicaTable(maxCount: limits.documents, maxBytes: limits.bytes))
    }

    // MARK: reading

    /// The document of that name, where the one in memory is known to be the latest.
    package func known(_ name: String) -> Value? {
        let (key, earliest) = (RecordKey.encode(name, prefix: prefix), earliest)
        return table.withLock { table in
            guard let replica = table.peek(key), replica.isFresh(earliest) else { return nil }
            return replica.view
        }
    }

    /// The document of that name: from memory where it is known to be the latest, else from the bucket; where that cannot
    /// be read, what is in memory.
    package func value(_ name: String) async -> Value {
        if let value = known(name) { return value }
        let key = RecordKey.encode(name, prefix: prefix)
        await bucket.opened()
        do throws(NATSError) {
            return try await read(key)
        } catch {
            return table.withLock { $0.peek(key)?.view } ?? Value()
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
        let now = now
        let (reading, lost) = table.withLock { table in
            (table.update(key) { $0.beginReading(number: $1, now: now) }, table.makeRoom())
        }
        bucket.lost(lost)
        return absorb(try await bucket.get(key, log: Record<Value>.logStart), key, reading)
    }

    private func absorb(_ stored: StateStore.Stored, _ key: String, _ reading: Replica<Value>.Reading) -> Value {
        let found: Replica<Value>.Found
        var (value, isPersisted) = (Value(), true)
        switch Record<Value>.read(stored.record?.value, log: stored.log.entries.map(\.value)) {
        case .document(let document, let writer):
            let start = LogStart(revision: stored.log.entries.first?.revision ?? 0)
            let place = Replica<Value>.Place(
                record: stored.record?.revision ?? 0, log: stored.log.revision, start: start)
            value = document
            found = .document(document, writer: writer, at: place)
        case .foreign(let reason):
            found = .foreign
            isPersisted = false
            bucket.tell(.foreign(key: key, reason: reason))
        }
        let (view, ended) = table.withLock { table in
            let absorbed = table.updateIfPresent(key) { replica, _ in
                let settled = replica.absorb(found, reading)
                return (replica.view, settled)
            }
            // There may have been no room for it.
            return (absorbed?.0 ?? value, table.settle(absorbed?.1 ?? [], isPersisted: isPersisted))
        }
        end(ended)
        return view
    }

    /// Has the documents read again before they are used; what is not written yet is written all the same.
    package func forget(_ shouldForget: (_ name: String) -> Bool) {
        for key in table.withLock({ $0.keys }) where shouldForget(RecordKey.decode(key, prefix: prefix) ?? "") {
            forget(key: key)
        }
    }

    private func forget(key: String) { table.withLock { _ = $0.updateIfPresent(key) { $0.forget(number: $1) } } }

    // MARK: changing

    /// Makes a change. What is returned waits until it is stored, as long as the bucket is there and quick.
    package func begin(_ name: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome> {
        let key = RecordKey.encode(name, prefix: prefix)
        let (added, number) = add(change, to: key, isAwaited: true)
        if case .settled(let outcome, let isPersisted) = added {
            return { Changed(outcome, isPersisted: isPersisted) }
        }
        wake(key)
        let wait = StateBucket.Wait(documents: self, number: number)
        if bucket.isWorthWaiting {
            bucket.deadlines.add(wait, at: bucket.time.now + limits.patience)
        } else {
            stopWaiting(number)
        }
        return { [self] in
            defer { bucket.deadlines.remove(wait) }
            return await withCheckedContinuation { continuation in
                let outcome = table.withLock { $0.wait(number, continuation) }
                if let outcome { continuation.resume(returning: outcome) }
            }
        }
    }

    /// Makes a change that is stored within a second or so.
    package func note(_ name: String, _ change: Value.Change) {
        let key = RecordKey.encode(name, prefix: prefix)
        guard case (.pending, _) = add(change, to: key, isAwaited: false), table.withLock({ $0.note(key) }) else {
            return
        }
        bucket.time.call(at: bucket.time.now + limits.noteDelay) {
            for key in self.table.withLock({ $0.takeNoted() }) { self.wake(key) }
        }
    }

    private func add(
        _ change: Value.Change, to key: String, isAwaited: Bool
    ) -> (added: Replica<Value>.Added, number: UInt64) {
        let earliest = earliest
        let (added, number, lost) = table.withLock { table in
            let (added, number) = table.add(
                change, to: key, isAwaited: isAwaited, earliest: earliest, maxPending: limits.pendingChanges)
            return (added, number, table.makeRoom())
        }
        bucket.lost(lost)
        return (added, number)
    }

    /// These waited long enough.
    func end(_ ended: [ReplicaTable<Value>.Ended]) {
        for (continuation, outcome) in ended { continuation.resume(returning: outcome) }
    }
}

extension ReplicatedDocuments: Replicating {
    func forget(_ name: String) { forget(key: RecordKey.encode(name, prefix: prefix)) }

    func writeAll(atMost count: Int?) { for key in table.withLock({ $0.dirty(atMost: count) }) { wakeLater(key) } }

    func stopWaiting(_ number: UInt64) { if let one = table.withLock({ $0.stopWaiting(number) }) { end([one]) } }

    func stopWaiting() { end(table.withLock { $0.stopWaiting() }) }

    /// The documents in memory, their bytes, and those of them that are to be written.
    package var load: (count: Int, bytes: Int, dirty: Int) {
        table.withLock { ($0.count, $0.bytes, $0.dirty.count) }
    }
}
