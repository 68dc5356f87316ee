import NATSClient
import ServiceRuntime
import Synchronization

/// A job that is ours, as long as nobody takes it over.
final class JobClaim: Sendable {
    private let key: String
    private let store: NATSKeyValue
    private let time: any TimeSource
    private let state: Mutex<(record: JobRecord, revision: UInt64)>

    init(_ key: String, _ record: JobRecord, _ revision: UInt64, store: NATSKeyValue, time: any TimeSource) {
        (self.key, self.store, self.time) = (key, store, time)
        state = Mutex((record, revision))
    }

    /// As it was last written.
    var record: JobRecord { state.withLock { $0.record } }

    /// Says that we are there; quietly, and once. What ``write(_:)`` writes at the same time counts.
    func renew() async {
        var (record, revision) = state.withLock { $0 }
        record.at = time.timestamp
        if let next = try? await store.update(key, record.bytes, revision: revision) { note(record, next) }
    }

    /// Changes the record. Not to be called twice at a time.
    ///
    /// - Returns: false where somebody else has the job now: then nothing was changed, and no answer of ours is wanted.
    func write(_ change: (inout JobRecord) -> Void) async throws(NATSError) -> Bool {
        var (record, revision) = state.withLock { $0 }
        change(&record)
        record.at = time.timestamp
        let bytes = record.bytes
        while true {
            do throws(NATSError) {
                revision = try await write(bytes, revision)
                note(record, revision)
                return true
            } catch {
                guard error.code == .wrongRevision else { throw error }
            }
            guard let entry = try await store.get(key) else {
                // The bucket was made anew.
                revision = 0
                continue
            }
            guard let other = JobRecord(entry.value), other.owner == record.owner else { return false }
            // We wrote it ourselves, and did not hear that it had arrived.
            revision = entry.revision
        }
    }

    private func note(_ record: JobRecord, _ revision: UInt64) {
        state.withLock { if $0.revision < revision { $0 = (record, revision) } }
    }

    private func write(_ bytes: [UInt8], _ revision: UInt64) async throws(NATSError) -> UInt64 {
        revision == 0
            ? try await store.create(key, bytes) : try await store.update(key, bytes, revision: revision)
    }
}
