package import Conversations
import NATSClient
import ServiceRuntime

/// Documents of one kind in a ``StateBucket``, shared with all other instances.
///
/// What is in use is in memory too, and a watch on the bucket says when another instance has changed it. A change is made
/// in memory at once, written with the revision that was read, and made anew on what another instance wrote where that was
/// faster. One write at a time for each document takes along all changes made meanwhile.
package final class ReplicatedDocuments<Value: StoredDocument>: DocumentStore {
    private let prefix: String
    private let bucket: StateBucket
    private let limits: ReplicaLimits
    private let memory: ReplicaMemory<Value>
    private let deadlines: Deadlines<UInt64>

    init(prefix: String, bucket: StateBucket, limits: ReplicaLimits) {
        self.prefix = prefix
        self.bucket = bucket
        self.limits = limits
        let memory = ReplicaMemory<Value>(limits: limits)
        self.memory = memory
        deadlines = Deadlines(time: bucket.time) { memory.stopWaiting($0) }
    }

    /// The documents in memory, their bytes, and those of them that are to be written.
    package var load: (count: Int, bytes: Int, dirty: Int) { memory.load }

    // MARK: reading

    /// The document of that name: from memory where it is known to be the latest, else from the bucket; where that cannot
    /// be read, what is in memory.
    package func value(_ name: String) async -> Value {
        if let value = memory.fresh(name, bucket.generation) { return value }
        await bucket.opened()
        if let value = await read(name) { return value }
        return memory.view(name) ?? Value()
    }

    /// Reads the document. Returns nil where it cannot be.
    private func read(_ name: String) async -> Value? {
        guard bucket.canRead else { return nil }
        // From before the read: what was written since is told.
        let generation = bucket.generation
        let key = RecordKey.encode(name, prefix: prefix)
        do throws(NATSError) {
            return absorb(try await bucket.get(key), key, name, generation)
        } catch {
            return nil
        }
    }

    private func absorb(_ entry: NATSKeyValue.Entry?, _ key: String, _ name: String, _ generation: Int) -> Value {
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
        let (view, settled, lost) = memory.absorb(found, name, generation)
        if lost > 0 { bucket.tell(.lost(count: lost)) }
        memory.settle(settled, isPersisted: isPersisted)
        return view
    }

    // MARK: changing

    /// Makes a change, and waits until it is stored, as long as the bucket is there and quick.
    package func change(_ name: String, _ change: Value.Change) async -> Changed<Value.Outcome> {
        let (added, number) = add(change, to: name, isAwaited: true)
        if case .settled(let outcome, let isPersisted) = added { return Changed(outcome, isPersisted: isPersisted) }
        wake(name)
        if bucket.isWorthWaiting {
            deadlines.add(number, at: bucket.time.now + limits.patience)
        } else {
            memory.stopWaiting(number)
        }
        defer { deadlines.remove(number) }
        return await memory.wait(number)
    }

    /// Makes a change that is stored within a second or so.
    package func note(_ name: String, _ change: Value.Change) {
        guard case (.pending, _) = add(change, to: name, isAwaited: false), memory.noted(name) else { return }
        bucket.time.call(at: bucket.time.now + limits.noteDelay) { [weak self] in
            guard let self else { return }
            for name in memory.takeNoted() { wake(name) }
        }
    }

    private func add(
        _ change: Value.Change, to name: String, isAwaited: Bool
    ) -> (added: Replica<Value>.Added, number: UInt64) {
        let (added, number, lost) = memory.add(
            change, to: name, isAwaited: isAwaited, generation: bucket.generation)
        if lost > 0 { bucket.tell(.lost(count: lost)) }
        return (added, number)
    }

    // MARK: writing

    /// Has what is pending written, unless somebody is at it already.
    private func wake(_ name: String) {
        guard bucket.canWrite, memory.beginServing(name) else { return }
        bucket.run { await self.serve(name) }
    }

    /// Writes what is pending until nothing is, or it cannot be.
    private func serve(_ name: String) async {
        repeat {
            while bucket.canWrite, await step(name) {}
        } while !memory.endServing(name, canWrite: bucket.canWrite)
    }

    /// Does what is to be done next. Returns whether there may be more.
    private func step(_ name: String) async -> Bool {
        let writer = bucket.nextWriter()
        let generation = bucket.generation
        switch memory.update(name, { $0.next(writer: writer, generation: generation) }) {
        case .nothing: return false
        case .read: return await read(name) != nil
        case .write(let value, let revision): return await write(value, name, writer, revision, generation)
        }
    }

    private func write(
        _ value: Value, _ name: String, _ writer: String, _ revision: UInt64, _ generation: Int
    ) async -> Bool {
        let key = RecordKey.encode(name, prefix: prefix)
        guard let bytes = bytes(value, name, writer) else {
            return giveUp(name, key, "it is larger than the server takes")
        }
        do throws(NATSError) {
            let written = try await bucket.put(key, bytes, revision: revision)
            memory.settle(
                memory.update(name) { $0.landed(revision: written, generation: generation) }, isPersisted: true)
            return true
        } catch {
            switch error.code {
            case .wrongRevision:
                memory.update(name) { $0.lostRace() }
                return true
            case .tooLarge, .invalidKey:
                return giveUp(name, key, error.description)
            default:
                memory.update(name) { $0.failed() }
                return false
            }
        }
    }

    /// The record, as short as it must be.
    private func bytes(_ value: Value, _ name: String, _ writer: String) -> [UInt8]? {
        var value = value
        while true {
            let bytes = Record.bytes(value, name: name, writer: writer)
            if bytes.count <= bucket.maxRecordBytes { return bytes }
            guard value.shrink() else { return nil }
        }
    }

    private func giveUp(_ name: String, _ key: String, _ reason: String) -> Bool {
        memory.settle(memory.update(name) { $0.giveUp() }, isPersisted: false)
        bucket.tell(.unwritable(key: key, reason: reason))
        return false
    }
}

extension ReplicatedDocuments: Replicating {
    func heard(of key: String, revision: UInt64) {
        if let name = RecordKey.decode(key, prefix: prefix) { memory.heard(of: revision, name) }
    }

    func writeAll(atMost count: Int) { for name in memory.dirty(atMost: count) { wake(name) } }

    func stopWaiting() { memory.stopWaiting() }

    var isDirty: Bool { !memory.dirty(atMost: 1).isEmpty }
}
