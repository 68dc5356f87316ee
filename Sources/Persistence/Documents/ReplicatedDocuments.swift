import Concurrency
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
/// Conversations are read and changed with every request, and memories are looked for: that is specialized for them, because
/// the compiler does not do so by itself behind ``DocumentStore``.
///
/// In memory a document goes by its key too: names that differ in how they are written only are equal as strings.
package final class ReplicatedDocuments<Value: StoredDocument>: DocumentStore {
    let bucket: StateBucket
    let table: Mutex<ReplicaTable<Value>>
    private let limits: ReplicaLimits
    private let began: ContinuousClock.Instant
    /// How long somebody waits for a change.
    private let deadlines: Deadlines<Wait>

    init(bucket: StateBucket, limits: ReplicaLimits) {
        self.bucket = bucket
        self.limits = limits
        began = bucket.time.now
        table = Mutex(ReplicaTable(limits: limits))
        deadlines = Deadlines(time: bucket.time) { wait in
            wait.documents.bucket.wasSlow()
            wait.stop()
        }
    }

    /// That somebody waits for a change.
    private struct Wait: Hashable, Sendable {
        let documents: ReplicatedDocuments
        let key: String
        let waiter: ReplicaTable<Value>.Waiter

        /// It is stored later.
        func stop() {
            let pending = documents.table.withLock { $0.peek(key)?.pending.first { $0.waiter === waiter } }
            pending?.end(isPersisted: false)
        }

        static func == (left: Wait, right: Wait) -> Bool { left.waiter === right.waiter }

        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(waiter)) }
    }

    // MARK: reading

    /// The document of that name, where the one in memory is known to be the latest.
    @_specialize(where Value == Conversation)
    @_specialize(where Value == MemoryBook)
    package func known(_ name: String) -> Value? {
        let (key, earliest) = (RecordKey.encode(name, prefix: Value.keyPrefix), earliest)
        return table.withLock { table in
            guard let replica = table.peek(key), replica.isFresh(earliest) else { return nil }
            return replica.value
        }
    }

    /// The document of that name: from memory where it is known to be the latest, else from the bucket; where that cannot
    /// be read, what is in memory.
    @_specialize(where Value == Conversation)
    package func value(_ name: String) async -> Value {
        if let value = known(name) { return value }
        let key = RecordKey.encode(name, prefix: Value.keyPrefix)
        await bucket.isKnown.wait()
        do throws(NATSError) {
            return try await read(key)
        } catch {
            return table.withLock { $0.peek(key)?.value } ?? Value()
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
        lose(lost)
        return absorb(try await bucket.get(key, log: Record<Value>.logStart), key, reading)
    }

    private func absorb(_ stored: StateStore.Stored, _ key: String, _ reading: Replica<Value>.Reading) -> Value {
        let found: Replica<Value>.Found
        var (value, isPersisted) = (Value(), true)
        do throws(RecordFault) {
            let document = try Record<Value>.read(stored)
            let start = LogStart(revision: stored.log.entries.first?.revision ?? 0)
            let place = Replica<Value>.Place(
                record: stored.record?.revision ?? 0, log: stored.log.revision, start: start)
            value = document.value
            found = .document(value, writer: document.writer, at: place)
        } catch {
            found = .foreign
            isPersisted = false
            bucket.emit(.foreign(key: key, reason: error.description))
        }
        let absorbed = table.withLock { table in
            table.updateIfPresent(key) { replica, _ in
                let settled = replica.absorb(found, reading)
                return (value: replica.value, settled: settled)
            }
        }
        // There may have been no room for it.
        guard let absorbed else { return value }
        for change in absorbed.settled { change.end(isPersisted: isPersisted) }
        return absorbed.value
    }

    /// Has the documents of some partitions read again before they are used; what is not written yet is written all the same.
    package func forget(_ partitions: Set<Int>, by partition: @escaping @Sendable (_ name: String) -> Int) {
        table.withLock { $0.forget(partitions, by: partition) }
    }

    /// These left memory before they could be written.
    private func lose(_ lost: [Replica<Value>]) {
        for replica in lost { for change in replica.pending { change.end(isPersisted: false) } }
        bucket.lost(lost.count)
    }

    // MARK: changing

    /// Makes a change. What is returned waits until it is stored, as long as the bucket is there and quick.
    @_specialize(where Value == Conversation)
    package func begin(_ name: String, _ change: Value.Change) -> @Sendable () async -> Changed<Value.Outcome> {
        let (key, waiter) = (RecordKey.encode(name, prefix: Value.keyPrefix), ReplicaTable<Value>.Waiter())
        switch add(change, to: key, waiter) {
        case .settled(let outcome, let isPersisted): return { Changed(outcome, isPersisted: isPersisted) }
        case .pending(let outcome):
            wake(key)
            let wait = Wait(documents: self, key: key, waiter: waiter)
            if bucket.isWorthWaiting {
                deadlines.add(wait, at: bucket.time.now + limits.writeTimeout)
            } else {
                wait.stop()
            }
            return { [deadlines] in
                defer { deadlines.remove(wait) }
                return await waiter.wait() ?? Changed(outcome, isPersisted: false)
            }
        }
    }

    /// Makes a change that is stored within a second or so.
    @_specialize(where Value == Conversation)
    package func note(_ name: String, _ change: Value.Change) {
        let key = RecordKey.encode(name, prefix: Value.keyPrefix)
        guard case .pending = add(change, to: key, nil), table.withLock({ $0.note(key) }) else { return }
        bucket.time.call(at: bucket.time.now + limits.noteDelay) {
            for key in self.table.withLock({ $0.takeNoted() }) { self.wake(key) }
        }
    }

    private func add(
        _ change: Value.Change, to key: String, _ waiter: ReplicaTable<Value>.Waiter?
    ) -> Replica<Value>.Added {
        let earliest = earliest
        let (added, dropped, lost) = table.withLock { table in
            let (added, dropped) = table.add(change, to: key, waiter, earliest: earliest)
            return (added, dropped, table.makeRoom())
        }
        for change in dropped { change.end(isPersisted: false) }
        lose(lost)
        return added
    }
}

extension ReplicatedDocuments: StoredDocuments {
    var prefix: String { Value.keyPrefix }

    func forget(_ name: String) {
        table.withLock { table in
            _ = table.updateIfPresent(RecordKey.encode(name, prefix: Value.keyPrefix)) { $0.forget(number: $1) }
        }
    }

    func writeAll(atMost count: Int?) { for key in table.withLock({ $0.dirty(atMost: count) }) { wakeLater(key) } }

    func stopWaiting() { for change in table.withLock({ $0.awaited }) { change.end(isPersisted: false) } }

    /// The documents in memory, their bytes, and those of them that are to be written.
    package var load: (count: Int, bytes: Int, dirty: Int) {
        table.withLock { ($0.count, $0.bytes, $0.dirty.count) }
    }
}
