import Conversations
import NATSClient

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

    /// Has what is pending written, unless somebody is at it already.
    func wake(_ key: String) {
        guard bucket.canWrite, memory.beginServing(key) else { return }
        bucket.run { await self.serve(key) }
    }

    /// Writes what is pending until nothing is, or it cannot be.
    private func serve(_ key: String) async {
        var progress = Progress.more
        while progress == .more, bucket.canWrite { progress = await step(key) }
        memory.endServing(key)
        // Whoever made a change, or found the bucket back, until now, has left it to us.
        if progress != .over, memory.isDirty(key) { wake(key) }
    }

    /// Does what is to be done next.
    private func step(_ key: String) async -> Progress {
        let writer = bucket.nextWriter()
        let now = now
        switch memory.next(key, writer: writer, generation: now.generation) {
        case .nothing: return .done
        case .read:
            do throws(NATSError) {
                _ = try await read(key)
                return .more
            } catch {
                return progress(key, after: error)
            }
        case .write(let value, let revision): return await write(value, key, writer, revision, now)
        }
    }

    private func write(
        _ value: Value, _ key: String, _ writer: String, _ revision: UInt64, _ now: Replica<Value>.Moment
    ) async -> Progress {
        guard let (bytes, isWhole) = record(value, key, writer) else {
            return giveUp(key, "it is larger than the server takes")
        }
        do throws(NATSError) {
            let written = try await bucket.put(key, bytes, revision: revision)
            memory.settle(
                memory.landed(key, revision: written, now: now, isWhole: isWhole), isPersisted: true)
            bucket.didWrite()
            return .more
        } catch {
            if error.code == .tooLarge, bucket.takesLess(than: bytes.count) {
                memory.update(key) { $0.refused() }
                return .more
            }
            return progress(key, after: error)
        }
    }

    private func progress(_ key: String, after error: NATSError) -> Progress {
        switch error.code {
        case .wrongRevision:
            memory.update(key) { $0.lostRace() }
            return .more
        case .tooLarge, .invalidKey:
            return giveUp(key, error.description)
        case .cancelled, .closed:
            memory.update(key) { $0.failed() }
            return .over
        default:
            memory.update(key) { $0.failed() }
            return .failed
        }
    }

    /// The record, as short as it must be, and whether it says all of the document.
    private func record(_ value: Value, _ key: String, _ writer: String) -> (bytes: [UInt8], isWhole: Bool)? {
        var (value, isWhole) = (value, true)
        let name = RecordKey.decode(key, prefix: prefix) ?? ""
        while true {
            let bytes = Record.bytes(value, name: name, writer: writer)
            if bytes.count <= bucket.maxRecordBytes { return (bytes, isWhole) }
            guard value.shrink() else { return nil }
            isWhole = false
        }
    }

    private func giveUp(_ key: String, _ reason: String) -> Progress {
        memory.settle(memory.update(key) { $0.giveUp() } ?? [], isPersisted: false)
        bucket.tell(.unwritable(key: key, reason: reason))
        return .more
    }
}
