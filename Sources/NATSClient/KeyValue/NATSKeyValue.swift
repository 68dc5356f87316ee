internal import FoundationEssentials

/// A JetStream key-value bucket. It holds no state of the connection, so it goes on after every reconnect.
///
/// None of its calls blocks a thread of Swift's, and all can be cancelled. After ``NATSError/Code/timeout``,
/// ``NATSError/Code/cancelled`` and ``NATSError/Code/closed`` a write may have been made, or be made yet when the server
/// is back: write with a revision, so that the next try tells (``NATSError/Code/wrongRevision``).
///
/// Besides the errors named there, every call throws ``NATSError/Code/timeout``, ``NATSError/Code/cancelled``,
/// ``NATSError/Code/closed``, ``NATSError/Code/notConnected`` (only while the server refuses the sign-in),
/// ``NATSError/Code/bufferFull``, ``NATSError/Code/noJetStream``, ``NATSError/Code/noBucket`` and
/// ``NATSError/Code/noResponders`` (a cluster that is not ready).
package final class NATSKeyValue: Sendable {
    /// A key's value.
    package struct Entry: Sendable, Hashable {
        /// The key.
        package let key: String
        /// The value.
        package let value: [UInt8]
        /// Grows with every write to the bucket. What ``NATSKeyValue/update(_:_:revision:timeout:)`` is given.
        package let revision: UInt64

        /// A key's value.
        package init(key: String, value: [UInt8], revision: UInt64) {
            (self.key, self.value, self.revision) = (key, value, revision)
        }
    }

    /// Where it is.
    package var connection: NATSConnection { api.connection }

    /// The bucket's name.
    package var bucket: String { names.bucket }

    let names: KeyValueNames
    let api: JetStreamAPI
    private let timeout: Duration
    /// What the server took when the bucket was opened, headers included, in bytes.
    package let maxPayload: Int

    /// Whether several servers keep it.
    let isReplicated: Bool

    init(
        _ api: JetStreamAPI, _ names: KeyValueNames, timeout: Duration, maxPayload: Int, isReplicated: Bool
    ) {
        self.api = api
        self.names = names
        self.timeout = timeout
        self.maxPayload = maxPayload
        self.isReplicated = isReplicated
    }

    /// The key's value, as the stream's leader has it; nil if it is not there, or deleted.
    /// - Parameter timeout: for the whole; nil: as the options say.
    /// - Throws: ``NATSError/Code/invalidKey``.
    package func get(_ key: String, timeout: Duration? = nil) async throws(NATSError) -> Entry? {
        guard let last = try await last(names.subject(key), deadline: deadline(timeout)), !last.isMarker else {
            return nil
        }
        return Entry(key: key, value: last.value, revision: last.revision)
    }

    /// Writes a key that is not there, or deleted.
    /// - Returns: its revision.
    /// - Throws: ``NATSError/Code/wrongRevision`` if it is there; ``NATSError/Code/invalidKey``,
    ///   ``NATSError/Code/tooLarge``.
    @discardableResult
    package func create(_ key: String, _ value: [UInt8], timeout: Duration? = nil) async throws(NATSError) -> UInt64 {
        let (subject, deadline) = (try names.subject(key), deadline(timeout))
        do throws(NATSError) {
            return try await write(value, to: subject, expecting: 0, deadline: deadline)
        } catch {
            // A deleted key has a marker for its last revision, which is the one to be expected.
            guard error.code == .wrongRevision, let last = try await last(subject, deadline: deadline), last.isMarker
            else { throw error }
            return try await write(value, to: subject, expecting: last.revision, deadline: deadline)
        }
    }

    /// Writes a key, if it still has the revision that was read.
    /// - Returns: its revision.
    /// - Throws: ``NATSError/Code/wrongRevision`` if it has another: read again, merge, try again;
    ///   ``NATSError/Code/invalidKey``, ``NATSError/Code/tooLarge``.
    @discardableResult
    package func update(
        _ key: String, _ value: [UInt8], revision: UInt64, timeout: Duration? = nil
    ) async throws(NATSError) -> UInt64 {
        try await write(value, to: names.subject(key), expecting: revision, deadline: deadline(timeout))
    }

    /// Writes a key, whatever it is now.
    /// - Returns: its revision.
    /// - Throws: ``NATSError/Code/invalidKey``, ``NATSError/Code/tooLarge``.
    @discardableResult
    package func put(_ key: String, _ value: [UInt8], timeout: Duration? = nil) async throws(NATSError) -> UInt64 {
        try await write(value, to: names.subject(key), deadline: deadline(timeout))
    }

    /// Deletes a key; nothing happens to one that is not there.
    /// - Parameter revision: only if it still has this one.
    /// - Throws: ``NATSError/Code/wrongRevision``, ``NATSError/Code/invalidKey``.
    package func delete(_ key: String, revision: UInt64? = nil, timeout: Duration? = nil) async throws(NATSError) {
        _ = try await write(
            [], to: names.subject(key), expecting: revision, operation: KeyValueMarker.delete,
            deadline: deadline(timeout))
    }

    /// Deletes a key with all its earlier revisions.
    /// - Throws: ``NATSError/Code/invalidKey``.
    package func purge(_ key: String, timeout: Duration? = nil) async throws(NATSError) {
        _ = try await write(
            [], to: names.subject(key), operation: KeyValueMarker.purge, deadline: deadline(timeout))
    }

    func deadline(_ timeout: Duration?) -> JetStreamAPI.Deadline { .now + (timeout ?? self.timeout) }

    // MARK: for the other files

    /// The last message of a key, markers included.
    func last(
        _ subject: String, deadline: JetStreamAPI.Deadline
    ) async throws(NATSError) -> (value: [UInt8], revision: UInt64, isMarker: Bool)? {
        let answer = try await api.ask(
            "STREAM.MSG.GET." + names.stream, JetStream.GetLast(subject: subject), for: JetStream.Gotten.self,
            deadline: deadline)
        switch answer {
        case .success(let gotten):
            let message = gotten.message
            let isMarker = message.hdrs.map { KeyValueMarker.isMarker(headers: $0) } ?? false
            return (message.data.map(Array.init) ?? [], message.seq, isMarker)
        case .failure(let failure) where failure.isMessageNotFound: return nil
        case .failure(let failure): throw NATSError(failure, "cannot read a key")
        }
    }
}
