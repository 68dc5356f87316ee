/// Which keys of a bucket change, as an asynchronous sequence for one consumer: first ``NATSKeyValueRevision/restarted``,
/// then what is written from then on; and the same again after a loss.
///
/// Bounds, cost and end are those of ``NATSKeyValueChanges``; but who reads too slowly is told
/// ``NATSKeyValueRevision/restarted`` instead of an error.
package struct NATSKeyValueRevisions: AsyncSequence, Sendable {
    package typealias Element = NATSKeyValueRevision
    package typealias Failure = NATSError

    private let changes: NATSKeyValueChanges

    init(_ changes: NATSKeyValueChanges) { self.changes = changes }

    /// The only consumer.
    package struct Iterator: AsyncIteratorProtocol {
        private var changes: NATSKeyValueChanges.Iterator

        init(_ changes: NATSKeyValueChanges.Iterator) { self.changes = changes }

        /// The next change; nil once the connection is closed.
        package mutating func next() async throws(NATSError) -> NATSKeyValueRevision? { try await next(isolation: nil) }

        /// The next change; nil once the connection is closed.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(NATSError) -> NATSKeyValueRevision? {
            switch try await changes.next(isolation: actor) {
            case .changed(let key, _, let revision): .changed(key: key, revision: revision)
            // There is nothing to be told first, so this comes with each beginning, and only then.
            case .current: .restarted
            case nil: nil
            }
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(changes.makeAsyncIterator()) }
}
