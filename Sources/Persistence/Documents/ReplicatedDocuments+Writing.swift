import Conversations
import NATSClient
import Synchronization

extension ReplicatedDocuments {
    /// How a step of writing ended.
    private enum Progress {
        /// There may be more to do.
        case more
        /// There is nothing more to do.
        case done
        /// The bucket is away: it goes on when it is back.
        case failed
        /// Nothing is going to be written any more.
        case over
    }

    /// Has what is pending written, unless somebody is at it already: a turn at once, all else in a task of its own.
    func wake(_ key: String) {
        guard beginServing(key) else { return }
        let now = now
        let next = next(key, now)
        if case .append(let change, let value, let place) = next, let entry = entry(change, value, place.start) {
            let isBegun = bucket.append(key, entry.bytes, after: place.log) { [self] result in
                go(on: key, finish(result, key, entry, now))
            }
            if isBegun { return }
        }
        bucket.run { [self] in go(on: key, await serve(key, next, now)) }
    }

    /// Has what is pending written in a task of its own, of which there are a bounded number at a time.
    func wakeLater(_ key: String) {
        guard beginServing(key) else { return }
        bucket.run { [self] in go(on: key, .more) }
    }

    private func beginServing(_ key: String) -> Bool {
        bucket.canWrite && table.withLock { $0.beginServing(key) }
    }

    /// A step of writing ended: goes on in a task, or has ended for now.
    private func go(on key: String, _ progress: Progress) {
        if progress == .more, bucket.canWrite, table.withLock({ $0.dirty.contains(key) }) {
            return bucket.run { [self] in
                let now = now
                go(on: key, await serve(key, next(key, now), now))
            }
        }
        // Whoever made a change, or found the bucket back, until now, has left it to us.
        if table.withLock({ $0.endServing(key) }), progress != .over { wakeLater(key) }
    }

    /// Writes what is pending until nothing is, or it cannot be.
    private func serve(_ key: String, _ first: Replica<Value>.Next, _ moment: Replica<Value>.Moment) async -> Progress {
        var progress = await perform(first, key, moment)
        while progress == .more, bucket.canWrite {
            let now = now
            progress = await perform(next(key, now), key, now)
        }
        return progress == .more ? .failed : progress
    }

    /// What is to be done next, which is begun with that.
    private func next(_ key: String, _ now: Replica<Value>.Moment) -> Replica<Value>.Next {
        table.withLock { table in
            table.updateIfPresent(key) { [bucket] replica, _ in
                replica.next(writer: bucket.nextWriter(), generation: now.generation)
            }
        } ?? .nothing
    }

    private func perform(
        _ next: Replica<Value>.Next, _ key: String, _ now: Replica<Value>.Moment
    ) async -> Progress {
        switch next {
        case .nothing: return .done
        case .read:
            do throws(NATSError) {
                _ = try await read(key)
                return .more
            } catch {
                return progress(key, after: error)
            }
        case .write(let value, let revision, let writer):
            return await write(record(value, key, writer), key, now) { bytes throws(NATSError) in
                try await bucket.put(key, bytes, revision: revision)
            }
        case .append(let change, let value, let place):
            return await write(entry(change, value, place.start), key, now) { bytes throws(NATSError) in
                try await bucket.append(key, bytes, after: place.log)
            }
        }
    }

    private func write(
        _ record: (bytes: [UInt8], isWhole: Bool)?, _ key: String, _ now: Replica<Value>.Moment,
        _ write: ([UInt8]) async throws(NATSError) -> UInt64
    ) async -> Progress {
        guard let record else { return giveUp(key, "it is larger than the server takes") }
        do throws(NATSError) {
            return finish(.success(try await write(record.bytes)), key, record, now)
        } catch {
            return finish(.failure(error), key, record, now)
        }
    }

    /// A write ended.
    private func finish(
        _ result: Result<UInt64, NATSError>, _ key: String, _ record: (bytes: [UInt8], isWhole: Bool),
        _ now: Replica<Value>.Moment
    ) -> Progress {
        switch result {
        case .success(let revision):
            settle(key, isPersisted: true) {
                $0.writeSucceeded(revision: revision, now: now, number: $1, isWhole: record.isWhole)
            }
            bucket.didWrite()
            return .more
        case .failure(let error):
            if error.code == .tooLarge, bucket.takesLess(than: record.bytes.count) {
                update(key) { $0.writeRefused() }
                return .more
            }
            return progress(key, after: error)
        }
    }

    private func progress(_ key: String, after error: NATSError) -> Progress {
        switch error.code {
        case .wrongRevision:
            update(key) { $0.writeConflicted() }
            return .more
        case .tooLarge, .invalidKey:
            return giveUp(key, error.description)
        case .cancelled, .closed:
            update(key) { $0.writeFailed() }
            return .over
        default:
            update(key) { $0.writeFailed() }
            return .failed
        }
    }

    /// The record, as short as it must be, and whether it says all of the document.
    private func record(_ value: Value, _ key: String, _ writer: String) -> (bytes: [UInt8], isWhole: Bool)? {
        var (value, isWhole) = (value, true)
        let name = RecordKey.decode(key, prefix: Value.keyPrefix) ?? ""
        while true {
            let bytes = Record.bytes(value, name: name, writer: writer)
            if bytes.count <= bucket.maxRecordBytes { return (bytes, isWhole) }
            guard value.shrink() else { return nil }
            isWhole = false
        }
    }

    /// The entry of a change, as short as it must be, and whether it says all of it.
    private func entry(
        _ change: Value.Change, _ value: Value, _ start: LogStart
    ) -> (bytes: [UInt8], isWhole: Bool)? {
        var (change, isWhole) = (change, true)
        while true {
            let bytes = Record.entry(change, of: value, from: start.revision)
            if bytes.count <= bucket.maxRecordBytes { return (bytes, isWhole) }
            guard let shorter = Value.shortened(change) else { return nil }
            (change, isWhole) = (shorter, false)
        }
    }

    private func giveUp(_ key: String, _ reason: String) -> Progress {
        settle(key, isPersisted: false) { replica, _ in replica.giveUp() }
        bucket.emit(.unwritable(key: key, reason: reason))
        return .more
    }

    private func update(_ key: String, _ body: (inout Replica<Value>) -> Void) {
        table.withLock { _ = $0.updateIfPresent(key) { replica, _ in body(&replica) } }
    }

    /// Those who wait for the changes that `body` settles wait no longer.
    private func settle(
        _ key: String, isPersisted: Bool,
        _ body: (inout Replica<Value>, _ number: UInt64) -> [ReplicaTable<Value>.Pending]
    ) {
        let settled = table.withLock { $0.updateIfPresent(key, body) } ?? []
        for change in settled { change.end(isPersisted: isPersisted) }
    }
}
